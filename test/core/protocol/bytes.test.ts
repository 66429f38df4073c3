import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8, utf8Length } from "../../../core/protocol/bytes.js";
import { ZERO_UUID } from "../../../core/types.js";
import { arbitraryUuid } from "./arbitrary-body.js";

function written(write: (writer: ByteWriter) => void): number[] {
  const writer = new ByteWriter(1);
  write(writer);
  return [...writer.toBytes()];
}
const reader = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes));

test("varints: the examples of the Protocol Buffers specification", () => {
  expect(written((w) => w.unsignedVarint(150))).toEqual([0x96, 0x01]);
  expect(written((w) => w.varint(-1))).toEqual([0x01]);
  expect(written((w) => w.varint(1))).toEqual([0x02]);
  expect(written((w) => w.varint(-2))).toEqual([0x03]);
  expect(written((w) => w.varint(2147483647))).toEqual([0xfe, 0xff, 0xff, 0xff, 0x0f]);
  expect(written((w) => w.varint(-2147483648))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
});

test("varlongs: same bytes as 64-bit arithmetic gives, and back", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
      const expected: number[] = [];
      for (; zigzag > 0x7fn; zigzag >>= 7n) expected.push(Number(zigzag & 0x7fn) | 0x80);
      expected.push(Number(zigzag));
      expect(written((w) => w.varlong(value))).toEqual(expected);
      expect(reader(...expected).varlong()).toBe(value);
    }),
  );
});

test("int64: same bytes as a DataView gives, and back", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigInt64(0, BigInt(value));
      const expected = [...new Uint8Array(view.buffer)];
      expect(written((w) => w.int64(value))).toEqual(expected);
      expect(reader(...expected).int64()).toBe(value);
    }),
  );
});

test("int64: what no number can hold is refused on both sides", () => {
  expect(() => written((w) => w.int64(2 ** 53))).toThrow("safe integer");
  expect(() => reader(0x7f, 0, 0, 0, 0, 0, 0, 0).int64()).toThrow("safe integers");
});

test("UTF-8: same as TextEncoder for well-formed text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const expected = new TextEncoder().encode(text);
      expect(encodeUtf8(text)).toEqual(expected);
      expect(utf8Length(text)).toBe(expected.length);
      expect(decodeUtf8(expected)).toBe(text);
    }),
  );
});

test("UTF-8: a lone surrogate is written as ?, as Java does", () => {
  expect(decodeUtf8(encodeUtf8("a\ud800b"))).toBe("a?b");
  expect(utf8Length("\udc00")).toBe(1);
});

test("UTF-8: broken sequences are read as U+FFFD and never throw", () => {
  expect(decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
  expect(decodeUtf8(Uint8Array.of(0xc3))).toBe("\ufffd");
  fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof decodeUtf8(bytes) === "string"));
});

test("uuid: base64url as Node spells it", () => {
  fc.assert(
    fc.property(arbitraryUuid, (uuid) => {
      const bytes = written((w) => w.uuid(uuid));
      expect(Buffer.from(bytes).toString("base64url")).toBe(uuid);
      expect(reader(...bytes).uuid()).toBe(uuid);
    }),
  );
  expect(reader(...Array.from({ length: 16 }, () => 0)).uuid()).toBe(ZERO_UUID);
});

test("a varint that never ends is malformed", () => {
  expect(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80).unsignedVarint()).toThrow("longer than five bytes");
});

test("prefixWithSize: sizes of one and of two bytes", () => {
  for (const size of [0, 1, 127, 128, 300]) {
    const bytes = written((w) => {
      w.int8(9);
      const start = w.position;
      w.raw(new Uint8Array(size).fill(7));
      w.prefixWithSize(start);
      w.int8(5);
    });
    const back = reader(...bytes);
    expect(back.int8()).toBe(9);
    expect([...back.raw(back.unsignedVarint())]).toEqual(Array.from({ length: size }, () => 7));
    expect(back.int8()).toBe(5);
  }
});
