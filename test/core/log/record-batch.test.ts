import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { crc32c } from "../../../core/log/crc32c.js";
import {
  ControlType,
  RecordBatchBuilder,
  batchLastOffset,
  controlBatch,
  decodeBatch,
  encodeBatch,
  endTransactionMarker,
  forEachBatch,
  forEachRecord,
  isValidBatch,
  patchBatch,
  readBatchHeader,
  readControlRecord,
  readEndTransactionMarker,
  recordSizeUpperBound,
} from "../../../core/log/record-batch.js";
import { batch, bytes, concat, text } from "./support.js";

const require = createRequire(import.meta.url);

function crcBitByBit(input: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of input) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

test("crc32c: the check value of the Castagnoli polynomial", () => {
  expect(crc32c(bytes("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(0))).toBe(0);
  // RFC 3720, appendix B.4: 32 bytes of zeroes, and of ones.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
});

test("crc32c: slicing by eight agrees with one bit at a time, for any part of any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (input, start) => {
      const from = Math.min(start, input.length);
      expect(crc32c(input, from)).toBe(crcBitByBit(input.subarray(from)));
    }),
  );
});

interface KafkaJsRecord {
  key: Buffer | null;
  value: Buffer | null;
  timestamp: number;
  headers: Record<string, Buffer>;
}

async function kafkaJsBatch(input: readonly KafkaJsRecord[], options: Record<string, unknown>): Promise<Uint8Array> {
  const { RecordBatch } = require("kafkajs/src/protocol/recordBatch/v0/index.js") as {
    RecordBatch: (options: unknown) => Promise<{ buffer: Buffer }>;
  };
  const Record = require("kafkajs/src/protocol/recordBatch/record/v0/index.js") as (options: unknown) => unknown;
  const first = input[0]!.timestamp;
  const encoded = input.map((record, offsetDelta) =>
    Record({ ...record, offsetDelta, timestampDelta: record.timestamp - first }),
  );
  const maxTimestamp = Math.max(...input.map((record) => record.timestamp));
  const { buffer } = await RecordBatch({
    firstTimestamp: first,
    maxTimestamp,
    lastOffsetDelta: input.length - 1,
    records: encoded,
    ...options,
  });
  return new Uint8Array(buffer);
}

test("format v2: byte for byte what kafkajs encodes, headers and producer fields included", async () => {
  const input = [
    { key: Buffer.from("k1"), value: Buffer.from("v1"), timestamp: 1_700_000_000_000, headers: {} },
    { key: null, value: Buffer.from("ü🚂"), timestamp: 1_700_000_000_900, headers: { tracé: Buffer.from("x") } },
    { key: Buffer.from("k3"), value: null, timestamp: 1_699_999_990_000, headers: {} },
  ];
  const ours = encodeBatch(
    input.map(({ key, value, timestamp, headers }) => ({
      key: key === null ? null : new Uint8Array(key),
      value: value === null ? null : new Uint8Array(value),
      timestampMs: timestamp,
      headers: Object.entries(headers).map(([name, header]) => ({ key: name, value: new Uint8Array(header) })),
    })),
    { producerId: 4_000_000_007, producerEpoch: 3, baseSequence: 17, isTransactional: true, leaderEpoch: 0 },
  );
  const theirs = await kafkaJsBatch(input, {
    producerId: 4_000_000_007,
    producerEpoch: 3,
    firstSequence: 17,
    transactional: true,
    partitionLeaderEpoch: 0,
  });
  expect(Buffer.from(ours).toString("hex")).toBe(Buffer.from(theirs).toString("hex"));
});

test("format v2: a golden batch, captured from kafkajs 2.2.4", () => {
  const golden =
    "00000000000000000000003d00000000028bbced16000000000000" +
    "0000018bcfe568000000018bcfe56800ffffffffffffffffffffffffffff00000001" +
    "16000000026b0876616c7500";
  const ours = encodeBatch([{ key: bytes("k"), value: bytes("valu"), timestampMs: 1_700_000_000_000 }], {
    leaderEpoch: 0,
  });
  expect(Buffer.from(ours).toString("hex")).toBe(golden);
});

const arbitraryBytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
const arbitraryRecord = fc.record({
  key: arbitraryBytes,
  value: arbitraryBytes,
  timestampMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  headers: fc.array(fc.record({ key: fc.string({ unit: "grapheme", maxLength: 5 }), value: arbitraryBytes }), {
    maxLength: 3,
  }),
});

test("format v2: what is encoded is decoded again, at any place in a log", () => {
  fc.assert(
    fc.property(fc.array(arbitraryRecord, { minLength: 1, maxLength: 20 }), fc.nat(2 ** 50), (input, baseOffset) => {
      const encoded = encodeBatch(input);
      patchBatch(encoded, 0, baseOffset, 7);
      expect(isValidBatch(encoded)).toBe(true);
      const header = readBatchHeader(encoded)!;
      expect(header).toMatchObject({ baseOffset, lastOffset: baseOffset + input.length - 1, leaderEpoch: 7 });
      expect(header.maxTimestamp).toBe(Math.max(...input.map((record) => record.timestampMs)));
      const decoded = decodeBatch(encoded)!;
      expect(decoded).toEqual(input.map((record, i) => ({ ...record, offset: baseOffset + i })));
      const bound = input.reduce((sum, record) => sum + recordSizeUpperBound(record), 61);
      expect(encoded.length).toBeLessThanOrEqual(bound);
    }),
  );
});

test("a torn batch has no header, a damaged one no valid CRC, whichever byte was hit", () => {
  const whole = batch(["a=1", "b=2"]);
  for (let length = 0; length < whole.length; length++) {
    expect(readBatchHeader(whole.subarray(0, length))).toBeUndefined();
  }
  for (let at = 16; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at]! ^= 0x10;
    expect(isValidBatch(damaged)).toBe(false);
  }
});

test("decoding arbitrary damage never throws", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const damaged = batch(["a=1", "b=22", "ccc"]);
      damaged[61 + (at % (damaged.length - 61))] = value;
      const error = forEachRecord(damaged, 0, () => undefined);
      expect([Errors.NONE, Errors.CORRUPT_MESSAGE]).toContain(error);
    }),
  );
});

test("a compressed batch: the header counts its records, reading them needs the codec", () => {
  const plain = batch(["a=1", "b=2"]);
  const compressed = plain.slice();
  compressed[22] = 4;
  expect(readBatchHeader(compressed)).toMatchObject({ compression: 4, recordCount: 2 });
  expect(forEachRecord(compressed, 0, () => undefined)).toBe(Errors.UNSUPPORTED_COMPRESSION_TYPE);
  expect(decodeBatch(compressed)).toBeUndefined();
  const decoded = decodeBatch(compressed, 0, (codec, section) => (codec === 4 ? section : undefined))!;
  expect(decoded.map((record) => text(record.value))).toEqual(["1", "2"]);
});

test("control batches: markers and quorum records keep type and value", () => {
  const marker = endTransactionMarker({
    commit: true,
    producerId: 9,
    producerEpoch: 2,
    coordinatorEpoch: 5,
    timestampMs: 1,
  });
  expect(readBatchHeader(marker)).toMatchObject({ isControl: true, isTransactional: true, producerId: 9 });
  expect(readEndTransactionMarker(marker, 0)).toEqual({ commit: true, coordinatorEpoch: 5 });
  const leaderChange = controlBatch(ControlType.LEADER_CHANGE, bytes("body"), 1);
  expect(readControlRecord(leaderChange, 0)).toMatchObject({ type: 2 });
  expect(readEndTransactionMarker(leaderChange, 0)).toBeUndefined();
});

test("forEachBatch stops in front of a torn batch", () => {
  const two = concat(batch(["a"]), batch(["b", "c"]));
  const seen: number[] = [];
  const end = forEachBatch(two.subarray(0, two.length - 1), (position) => {
    seen.push(batchLastOffset(two, position));
  });
  expect(seen).toEqual([0]);
  expect(end).toBe(batch(["a"]).length);
});

test("a builder says its exact size before it builds", () => {
  const builder = new RecordBatchBuilder({}, 64);
  for (let i = 0; i < 100; i++) builder.append({ key: null, value: new Uint8Array(i), timestampMs: i * 1000 });
  expect(builder.build().length).toBe(builder.estimatedSizeBytes);
  expect(builder.recordCount).toBe(100);
});
