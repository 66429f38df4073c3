// Arbitrary bodies made from a message's own table: whatever the table allows in a version, and nothing else.

import * as fc from "fast-check";
import type { Field, Fields, WireType } from "../../../core/protocol/field.js";
import type { MessageSchema } from "../../../core/protocol/schema.js";
import { includesVersion } from "../../../core/protocol/versions.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const digit = fc.integer({ min: 0, max: 63 }).map((i) => ALPHABET[i]!);
// Of the last digit only the first two bits count: 22 digits hold 132 bits, a uuid has 128.
const lastDigit = fc.integer({ min: 0, max: 3 }).map((i) => ALPHABET[i << 4]!);
export const arbitraryUuid = fc
  .tuple(fc.array(digit, { minLength: 21, maxLength: 21 }), lastDigit)
  .map(([digits, last]) => digits.join("") + last);

const arbitraryBytes = fc.uint8Array({ maxLength: 20 });
const PRIMITIVES: Record<WireType, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  uint16: fc.integer({ min: 0, max: 65535 }),
  int32: fc.integer({ min: -2147483648, max: 2147483647 }),
  uint32: fc.integer({ min: 0, max: 4294967295 }),
  int64: fc.maxSafeInteger(),
  float64: fc.double({ noNaN: true }),
  string: fc.string({ unit: "grapheme", maxLength: 8 }),
  uuid: arbitraryUuid,
  bytes: arbitraryBytes,
  records: arbitraryBytes,
};

/** Bodies that `schema` can carry in `version`; fields the version lacks hold their defaults. */
export function arbitraryBody(schema: MessageSchema, version: number): fc.Arbitrary<Record<string, unknown>> {
  return arbitraryStruct(schema.fields, version);
}

function arbitraryStruct(fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of Object.entries(fields)) model[name] = arbitraryField(field, version);
  return fc.record(model) as fc.Arbitrary<Record<string, unknown>>;
}

function arbitraryField(field: Field, version: number): fc.Arbitrary<unknown> {
  if (!includesVersion(field.versions, version)) return fc.constant(field.defaultValue);
  const single =
    field.fields === undefined ? PRIMITIVES[field.type as WireType] : arbitraryStruct(field.fields, version);
  const value = field.isArray ? fc.array(single, { maxLength: 3 }) : single;
  const nullable = includesVersion(field.nullableVersions, version) ? fc.option(value, { nil: null }) : value;
  // Defaults must come up often: a tagged field at its default travels as nothing at all.
  const mayUseDefault = field.defaultValue !== null || includesVersion(field.nullableVersions, version);
  return mayUseDefault ? fc.oneof({ weight: 3, arbitrary: nullable }, fc.constant(field.defaultValue)) : nullable;
}
