import { expect, test } from "vitest";
import { ALL_APIS } from "../../../core/protocol/apis.js";
import { ByteReader, ByteWriter } from "../../../core/protocol/bytes.js";
import { FetchRequest, FetchResponse } from "../../../core/protocol/messages/fetch.js";
import { METADATA_RECORDS } from "../../../core/protocol/messages/metadata-records.js";
import { array, int16, int32, message, string, struct } from "../../../core/protocol/schema.js";
import type { MessageSchema } from "../../../core/protocol/schema.js";

const Sample = message({
  name: "Sample",
  apiKey: -1,
  versions: [0, 3],
  flexibleSince: 2,
  fields: {
    id: int32("0+", "Id."),
    reason: string("1+", "Reason.", { nullable: "3+" }),
    hint: string("1+", "Hint.", { ignorable: true }),
    late: int16("2+", "Late.", { tagged: "2+", tag: 5, default: -1 }),
    early: struct("2+", "Early.", { epoch: int32("2+", "Epoch.", { default: -1 }) }, { tagged: "2+", tag: 0 }),
    rows: array("0+", "Rows.", { n: int32("0+", "N."), label: string("1+", "Label.") }, { nullable: "1+" }),
  },
});

function encode(body: Parameters<typeof Sample.encode>[1], version: number): number[] {
  const writer = new ByteWriter();
  Sample.encode(writer, body, version);
  return [...writer.toBytes()];
}
const decode = (bytes: number[], version: number) => Sample.decode(new ByteReader(Uint8Array.from(bytes)), version);

test("create completes at every depth and keeps what is complete", () => {
  const complete = { n: 1, label: "" };
  const body = Sample.create({ rows: [complete, { label: "x" }] });
  expect(body).toEqual({
    id: 0,
    reason: "",
    hint: "",
    late: -1,
    early: { epoch: -1 },
    rows: [complete, { n: 0, label: "x" }],
  });
  expect(body.rows?.[0]).toBe(complete);
  expect(Sample.create(body)).toBe(body);
});

test("tagged fields: absent at their defaults, else in the order of their tags with their sizes", () => {
  expect(encode(Sample.create(), 2)).toEqual([0, 0, 0, 0, 1, 1, 1, 0]);
  expect(encode(Sample.create({ late: 7, early: { epoch: 9 } }), 2)).toEqual(
    [0, 0, 0, 0, 1, 1, 1, 2].concat([0, 5, 0, 0, 0, 9, 0], [5, 2, 0, 7]),
  );
});

test("tagged fields: unknown tags are skipped", () => {
  const bytes = [0, 0, 0, 0, 1, 1, 1, 3].concat([3, 2, 99, 99], [5, 2, 0, 7], [200, 1, 1, 42]);
  expect(decode(bytes, 2)).toEqual(Sample.create({ late: 7 }));
});

test("tagged fields: out of order, or not filling their size, is malformed", () => {
  expect(() => decode([0, 0, 0, 0, 1, 1, 1, 2].concat([5, 2, 0, 7], [3, 0]), 2)).toThrow("ascending");
  expect(() => decode([0, 0, 0, 0, 1, 1, 1, 1].concat([5, 3, 0, 7, 1]), 2)).toThrow("fill its size");
});

test("a version drops ignorable values and refuses others", () => {
  expect(encode(Sample.create({ hint: "h" }), 0)).toEqual(encode(Sample.create(), 0));
  expect(() => encode(Sample.create({ reason: "r" }), 0)).toThrow("Sample.reason has its default in version 0");
  expect(() => encode(Sample.create({ rows: [{ n: 1, label: "x" }] }), 0)).toThrow("Sample.rows.label");
});

test("null is refused where the version does not allow it, on both sides", () => {
  expect(() => encode(Sample.create({ reason: null }), 2)).toThrow("Sample.reason is not null in this version");
  expect(() => decode([0, 0, 0, 0, 0], 2)).toThrow("Sample.reason is not null in this version");
  expect(decode(encode(Sample.create({ reason: null, rows: null }), 3), 3)).toEqual(
    Sample.create({ reason: null, rows: null }),
  );
});

test("an impossible count is malformed before any memory is asked for", () => {
  expect(() => decode([0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff], 0)).toThrow("impossible count");
});

test("Fetch: a follower names topics up to version 12 and topic ids from 13 on", () => {
  const topicId = "c2Ftc2Etc2Ftc2Etc2Ftcw";
  const body = FetchRequest.create({ topics: [{ topic: "orders", topicId, partitions: [{ fetchOffset: 5 }] }] });
  const through = (version: number) => {
    const writer = new ByteWriter();
    FetchRequest.encode(writer, body, version);
    return FetchRequest.decode(new ByteReader(writer.toBytes()), version).topics[0];
  };
  expect(through(12)).toMatchObject({ topic: "orders", topicId: "AAAAAAAAAAAAAAAAAAAAAA" });
  expect(through(13)).toMatchObject({ topic: "", topicId });
});

test("every table explains every field in a sentence", () => {
  const tables = [
    ...ALL_APIS.flatMap((api) => [api.request, api.response]),
    ...(Object.values(METADATA_RECORDS) as unknown as MessageSchema[]),
  ];
  const check = (fields: MessageSchema["fields"], path: string): void => {
    for (const [name, field] of Object.entries(fields)) {
      expect(field.about, `${path}.${name}`).toMatch(/^[A-Z0-9_a-z-].*[.?…]$/);
      if (field.fields !== undefined) check(field.fields, `${path}.${name}`);
    }
  };
  for (const table of tables) check(table.fields, table.name);
});

test("defaults are Kafka's: -1 where it means unknown, null where it means none", () => {
  const response = FetchResponse.create({ responses: [{ partitions: [{}] }] });
  expect(response.responses[0]?.partitions[0]).toMatchObject({
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    abortedTransactions: [],
    preferredReadReplica: -1,
    records: null,
  });
});
