// UTF-8: the text encoding of every string on Kafka's wire.
// Done by hand because core/ compiles without host libraries (no TextEncoder), and because the rules for broken
// text must be Kafka's: Java writes "?" for a lone surrogate and reads U+FFFD for a broken sequence, never fails.

import { bytesView, PASSING_BYTES } from "../byte-arena.js";

const REPLACEMENT = 0xfffd;
const QUESTION_MARK = 0x3f;
/**
 * Names read lately, by a hash of their bytes. The same few topics, groups and clients are read over and over; one
 * string for each is not only quicker than a new one but also keeps its hash, which a map would have to compute anew.
 */
const RECENT_NAMES: string[] = Array.from({ length: 1_024 }, () => "");
/** Longer texts are seldom names. */
const LONGEST_NAME = 40;
/** Longest argument list handed to `String.fromCharCode` at once; more could overflow the stack. */
const CHUNK = 4096;

/** Bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isSurrogatePair(text, i)) {
      length += 2;
      i++;
    } else if (!isSurrogate(unit)) length += 2;
  }
  return length;
}

/** Writes `text` into `target` from `position`; the caller has made room. Returns the position behind it. */
export function writeUtf8(text: string, target: Uint8Array, position: number): number {
  let at = position;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) target[at++] = unit;
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else if (isSurrogatePair(text, i)) {
      const point = 0x10000 + ((unit - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00);
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 0x3f);
      target[at++] = 0x80 | ((point >> 6) & 0x3f);
      target[at++] = 0x80 | (point & 0x3f);
    } else if (isSurrogate(unit)) target[at++] = QUESTION_MARK;
    else {
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

/** Text of the bytes [start, end); broken sequences become U+FFFD. */
export function readUtf8(source: Uint8Array, start: number, end: number): string {
  let hash = end - start;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte >= 0x80) return readMultibyte(source, start, end);
    hash = Math.imul(hash, 31) + byte;
  }
  if (end - start > LONGEST_NAME) return readAscii(source, start, end);
  const slot = (hash ^ (hash >>> 10)) & (RECENT_NAMES.length - 1);
  const recent = RECENT_NAMES[slot]!;
  if (isSpelt(recent, source, start, end)) return recent;
  return (RECENT_NAMES[slot] = readAscii(source, start, end));
}

function isSpelt(text: string, source: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== source[start + i]) return false;
  return true;
}

function readAscii(source: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i += CHUNK) {
    text += String.fromCharCode.apply(null, bytesView(source, i, Math.min(end, i + CHUNK)) as unknown as number[]);
  }
  return text;
}

/** The UTF-8 bytes of `text`, in an array of their own. */
export function encodeUtf8(text: string): Uint8Array {
  // Most text is ASCII, a byte a unit: so it is written before anybody counts.
  const ascii = PASSING_BYTES.allocate(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encodeMultibyte(text);
    ascii[i] = unit;
  }
  return ascii;
}

function encodeMultibyte(text: string): Uint8Array {
  const bytes = PASSING_BYTES.allocate(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** The text of a whole array of UTF-8 bytes. */
export function decodeUtf8(bytes: Uint8Array): string {
  return readUtf8(bytes, 0, bytes.length);
}

function readMultibyte(source: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  while (at < end) {
    const lead = source[at]!;
    const length =
      lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >> 4 === 0xe ? 3 : lead >> 3 === 0x1e ? 4 : 0;
    const point = length === 0 || at + length > end ? REPLACEMENT : codePoint(source, at, length);
    text += String.fromCodePoint(point);
    at += point === REPLACEMENT && !spellsReplacement(source, at, end) ? 1 : length;
  }
  return text;
}

/** The code point spelt by `length` bytes, or U+FFFD if they spell none (bad continuation, overlong, surrogate). */
function codePoint(source: Uint8Array, at: number, length: number): number {
  if (length === 1) return source[at]!;
  let point = source[at]! & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = source[at + i]!;
    if (next >> 6 !== 2) return REPLACEMENT;
    point = (point << 6) | (next & 0x3f);
  }
  const smallest = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  return point < smallest || point > 0x10ffff || isSurrogate(point) ? REPLACEMENT : point;
}

function spellsReplacement(source: Uint8Array, at: number, end: number): boolean {
  return at + 3 <= end && source[at] === 0xef && source[at + 1] === 0xbf && source[at + 2] === 0xbd;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function isSurrogatePair(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  if (unit < 0xd800 || unit > 0xdbff || i + 1 >= text.length) return false;
  const next = text.charCodeAt(i + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}
