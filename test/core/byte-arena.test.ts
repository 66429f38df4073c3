import { expect, test } from "vitest";
import { ByteArena, bytesView } from "../../core/byte-arena.js";

test("pieces of an arena are zeroed, as long as asked for, and never overlap", () => {
  const arena = new ByteArena();
  const lengths = [0, 1, 61, 1_000, 8_192, 8_193, 70_000, 300, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 5];
  const pieces = lengths.map((length) => arena.allocate(length));
  for (const [index, piece] of pieces.entries()) {
    expect(piece.length).toBe(lengths[index]);
    expect(piece.every((byte) => byte === 0)).toBe(true);
    piece.fill(index + 1);
  }
  // Had two shared a byte, the later fill would show in the earlier piece.
  for (const [index, piece] of pieces.entries()) expect(piece.every((byte) => byte === index + 1)).toBe(true);
});

test("a copy has the content of its source, and changes of either do not reach the other", () => {
  const source = Uint8Array.of(1, 2, 3);
  const copy = new ByteArena().copy(source);
  source[0] = 9;
  expect([...copy]).toEqual([1, 2, 3]);
  copy[1] = 8;
  expect([...source]).toEqual([9, 2, 3]);
});

test("an arena that is hardly used reserves little", () => {
  expect(new ByteArena().allocate(10).buffer.byteLength).toBe(1_024);
});

test("a view shows the bytes between start and end, of a view too", () => {
  const whole = bytesView(Uint8Array.from([0, 1, 2, 3, 4, 5]), 1, 6);
  const view = bytesView(whole, 1, 3);
  expect([...view]).toEqual([2, 3]);
  whole[1] = 7;
  expect(view[0]).toBe(7);
});
