import { expect, test } from "vitest";
import type { Message } from "../../../core/environment.js";
import { APIS, apiKeyOf, latestVersion } from "../../../core/protocol/apis.js";
import { encodeBatch } from "../../../core/log/record-batch.js";
import { kafkaWireCodec } from "../../../sim/network/kafka-wire-codec.js";
import { estimateSizeBytes } from "../../../sim/network/message-size.js";
import { summariseRecords } from "../../../sim/trace/records-summary.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const records = encodeBatch(
  [
    { key: utf8("ICN"), value: utf8("delayed"), timestampMs: 5 },
    { key: null, value: utf8("x".repeat(500)), timestampMs: 6 },
  ],
  { baseOffset: 7, leaderEpoch: 2, producerId: 9, producerEpoch: 1, baseSequence: 3 },
);

function produce(): Message {
  const partitionData = [{ index: 0, records }];
  return {
    kind: "request",
    apiKey: apiKeyOf("Produce"),
    apiVersion: latestVersion("Produce"),
    correlationId: 4,
    clientId: "p",
    body: APIS.Produce.request.create({ acks: -1, topicData: [{ name: "orders", partitionData }] }),
  };
}

function fetched(): Message {
  const partitions = [{ partitionIndex: 0, records }];
  return {
    kind: "response",
    apiKey: apiKeyOf("Fetch"),
    apiVersion: latestVersion("Fetch"),
    correlationId: 4,
    body: APIS.Fetch.response.create({ responses: [{ partitions }] }),
  };
}

test.each([
  ["Produce request", produce()],
  ["Fetch response", fetched()],
])("%s: the size counts its records and is the same after a round trip on the wire", (_, message) => {
  const sizeBytes = estimateSizeBytes(message);
  expect(sizeBytes).toBeGreaterThan(records.length);
  expect(sizeBytes).toBeLessThan(records.length + 500);
  const again = kafkaWireCodec.roundTrip(message);
  expect(again).toEqual(message);
  expect(again.body).not.toBe(message.body);
  expect(estimateSizeBytes(again)).toBe(sizeBytes);
});

test("record bytes in a trace file become offsets, epochs, producers and a glimpse of keys and values", () => {
  const batch = { baseOffset: 7, lastOffset: 8, leaderEpoch: 2, producerId: 9, producerEpoch: 1, baseSequence: 3 };
  const first = { offset: 7, key: "ICN", value: "delayed" };
  expect(summariseRecords(records)).toMatchObject({
    batches: [{ ...batch, records: [first, { offset: 8, key: null }] }],
  });
  expect(JSON.stringify(summariseRecords(records))).not.toContain("x".repeat(201));
  expect(summariseRecords(new Uint8Array(200))).toBeUndefined();
});
