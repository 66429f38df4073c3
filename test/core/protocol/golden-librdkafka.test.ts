// Bytes librdkafka put on the wire must mean to us what it meant by them, and what we write must be what it writes.

import { expect, test } from "vitest";
import { ConsumerProtocolSubscription } from "../../../core/protocol/messages/consumer-protocol.js";
import { decodeVersioned } from "../../../core/protocol/versioned.js";
import { expectSameRequest, hexBytes } from "./golden.js";
import type { Golden } from "./golden.js";

const rangeSubscription = "00010000000100066f72646572730000000000000000";

// Captured from librdkafka 2.0.2 (Debian's kcat 1.7.1) talking to a scripted TCP listener.
const LIBRDKAFKA: readonly Golden[] = [
  {
    api: "ApiVersions",
    version: 3,
    clientId: "probe",
    correlationId: 1,
    hex: "000000220012000300000001000570726f6265000b6c696272646b61666b6106322e302e3200",
    body: { clientSoftwareName: "librdkafka", clientSoftwareVersion: "2.0.2" },
  },
  {
    api: "Metadata",
    version: 4,
    clientId: "probe",
    correlationId: 2,
    hex: "0000001c0003000400000002000570726f62650000000100066f726465727301",
    body: { topics: [{ name: "orders" }], allowAutoTopicCreation: true },
  },
  {
    api: "FindCoordinator",
    version: 2,
    clientId: "probe",
    correlationId: 2,
    hex: "00000019000a000200000002000570726f62650007666c696768747300",
    body: { key: "flights", keyType: 0 },
  },
  {
    api: "InitProducerId",
    version: 4,
    clientId: "probe",
    correlationId: 3,
    hex: "000000200016000400000003000570726f62650000ffffffffffffffffffffffffffff00",
    body: { transactionalId: null, transactionTimeoutMs: -1, producerId: -1, producerEpoch: -1 },
  },
  {
    api: "Produce",
    version: 7,
    clientId: "probe",
    correlationId: 7,
    hex:
      "000000780000000700000007000570726f6265ffffffff000075300000000100066f72646572730000000100000000" +
      "00000049" +
      "00000000000000000000003d0000000002ba9831fb000000000000000001a203e3c397000001a203e3c397" +
      "0000000000000fa00000000000000000000116000000010a68656c6c6f00",
    body: {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30000,
      topicData: [
        {
          name: "orders",
          partitionData: [
            {
              index: 0,
              records: hexBytes(
                "00000000000000000000003d0000000002ba9831fb000000000000000001a203e3c397000001a203e3c397" +
                  "0000000000000fa00000000000000000000116000000010a68656c6c6f00",
              ),
            },
          ],
        },
      ],
    },
  },
  {
    api: "JoinGroup",
    version: 5,
    clientId: "probe",
    correlationId: 2,
    hex:
      "0000007b000b000500000002000570726f62650007666c69676874730000afc8000493e0000000026d310008636f6e73756d6572" +
      `00000002000572616e676500000016${rangeSubscription}000a726f756e64726f62696e00000016${rangeSubscription}`,
    body: {
      groupId: "flights",
      sessionTimeoutMs: 45000,
      rebalanceTimeoutMs: 300000,
      memberId: "",
      groupInstanceId: "m1",
      protocolType: "consumer",
      protocols: [
        { name: "range", metadata: hexBytes(rangeSubscription) },
        { name: "roundrobin", metadata: hexBytes(rangeSubscription) },
      ],
    },
  },
  {
    api: "SyncGroup",
    version: 3,
    clientId: "probe",
    correlationId: 4,
    hex:
      "00000050000e000300000004000570726f62650007666c69676874730000000300056d656d2d3100026d31" +
      "0000000100056d656d2d310000001a00000000000100066f72646572730000000100000000ffffffff",
    body: {
      groupId: "flights",
      generationId: 3,
      memberId: "mem-1",
      groupInstanceId: "m1",
      assignments: [
        { memberId: "mem-1", assignment: hexBytes("00000000000100066f72646572730000000100000000ffffffff") },
      ],
    },
  },
  {
    api: "Heartbeat",
    version: 3,
    clientId: "probe",
    correlationId: 5,
    hex: "00000027000c000300000005000570726f62650007666c69676874730000000300056d656d2d3100026d31",
    body: { groupId: "flights", generationId: 3, memberId: "mem-1", groupInstanceId: "m1" },
  },
  {
    api: "OffsetFetch",
    version: 7,
    clientId: "probe",
    correlationId: 6,
    hex: "000000280009000700000006000570726f62650008666c696768747302076f72646572730200000000000100",
    body: { groupId: "flights", topics: [{ name: "orders", partitionIndexes: [0] }], requireStable: true },
  },
];

for (const golden of LIBRDKAFKA) {
  test(`librdkafka 2.0.2: ${golden.api} v${golden.version} is read and written byte for byte`, () => {
    expectSameRequest(golden);
  });
}

test("librdkafka 2.0.2: its subscription is a ConsumerProtocolSubscription", () => {
  expect(decodeVersioned(ConsumerProtocolSubscription, hexBytes(rangeSubscription))).toEqual(
    ConsumerProtocolSubscription.create({ topics: ["orders"], userData: new Uint8Array(0), ownedPartitions: [] }),
  );
});
