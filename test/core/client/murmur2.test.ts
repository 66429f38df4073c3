import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { murmur2, partitionForKey, toPositive } from "../../../core/client/murmur2.js";
import { utf8 } from "./scripted-network.js";

const require = createRequire(import.meta.url);
const kafkajsMurmur2 = require("kafkajs/src/producer/partitioners/default/murmur2.js") as (key: Buffer) => number;

test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
])("murmur2 of %s is Kafka's", (key, hash) => {
  expect(murmur2(utf8(key))).toBe(hash);
});

test("murmur2 agrees with kafkajs on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(murmur2(bytes) >>> 0).toBe(Number(kafkajsMurmur2(Buffer.from(bytes))) >>> 0);
    }),
  );
});

test("a key's partition is in range whatever the sign of its hash", () => {
  expect(toPositive(-1)).toBe(0x7fffffff);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), fc.integer({ min: 1, max: 50 }), (key, count) => {
      const partition = partitionForKey(key, count);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(count);
    }),
  );
});
