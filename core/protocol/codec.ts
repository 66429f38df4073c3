// Codec: how a table's rows become bytes and back, compiled once for each version of a message.
// Compiling resolves everything that depends on the version (which rows exist, which are tagged or may be null,
// compact or classic lengths), so that a message at run time is a walk over an array of small functions.

import { assert } from "../assert.js";
import type { ByteReader, ByteWriter } from "./bytes.js";
import { templateOf } from "./defaults.js";
import type { AnyBody } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import type { Field, Fields } from "./field.js";
import { arrayCodec, nullableStructCodec, primitiveCodec } from "./value-codec.js";
import type { ValueCodec } from "./value-codec.js";
import { includesVersion } from "./versions.js";

/** Reads and writes one struct in one version. */
export type StructCodec = ValueCodec;

interface Row {
  readonly name: string;
  readonly codec: ValueCodec;
}

interface TaggedRow extends Row {
  readonly tag: number;
  readonly isDefault: (value: unknown) => boolean;
}

/** A row that the version cannot carry and that may not be dropped silently. */
interface AbsentRow {
  readonly name: string;
  readonly isDefault: (value: unknown) => boolean;
  readonly fact: string;
}

/** Compiles the codec of a struct; `path` names it in assertion messages. */
export function codecFor(path: string, fields: Fields, version: number, isFlexible: boolean): StructCodec {
  const rows: Row[] = [];
  const tagged: TaggedRow[] = [];
  const absent: AbsentRow[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const fieldPath = `${path}.${name}`;
    const isDefault = defaultTest(field);
    if (!includesVersion(field.versions, version)) {
      const fact = `${fieldPath} has its default in version ${version}, which does not carry it`;
      if (!field.ignorable) absent.push({ name, isDefault, fact });
      continue;
    }
    const codec = fieldCodec(fieldPath, field, version, isFlexible);
    if (includesVersion(field.taggedVersions, version)) tagged.push({ name, codec, tag: field.tag, isDefault });
    else rows.push({ name, codec });
  }
  assert(isFlexible || tagged.length === 0, "tagged fields exist in flexible versions only");
  tagged.sort((a, b) => a.tag - b.tag);
  return structCodec(rows, tagged, absent, templateOf(fields).defaults, isFlexible);
}

function structCodec(
  rows: readonly Row[],
  tagged: readonly TaggedRow[],
  absent: readonly AbsentRow[],
  defaults: AnyBody,
  isFlexible: boolean,
): StructCodec {
  return {
    write(writer, value) {
      const body = value as AnyBody;
      for (let i = 0; i < absent.length; i++) {
        const row = absent[i]!;
        assert(row.isDefault(body[row.name]), row.fact);
      }
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        row.codec.write(writer, body[row.name]);
      }
      if (isFlexible) writeTaggedFields(writer, body, tagged);
    },
    read(reader) {
      const body: Record<string, unknown> = { ...defaults };
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        body[row.name] = row.codec.read(reader);
      }
      if (isFlexible) readTaggedFields(reader, body, tagged);
      return body;
    },
  };
}

function writeTaggedFields(writer: ByteWriter, body: AnyBody, tagged: readonly TaggedRow[]): void {
  let count = 0;
  for (let i = 0; i < tagged.length; i++) if (!tagged[i]!.isDefault(body[tagged[i]!.name])) count++;
  writer.unsignedVarint(count);
  if (count === 0) return;
  for (const row of tagged) {
    const value = body[row.name];
    if (row.isDefault(value)) continue;
    writer.unsignedVarint(row.tag);
    const start = writer.position;
    row.codec.write(writer, value);
    writer.prefixWithSize(start);
  }
}

/** Tags this table does not know belong to newer peers and are skipped: that is what tagged fields are for. */
function readTaggedFields(reader: ByteReader, body: Record<string, unknown>, tagged: readonly TaggedRow[]): void {
  const count = reader.unsignedVarint();
  let previousTag = -1;
  for (let i = 0; i < count; i++) {
    const tag = reader.unsignedVarint();
    if (tag <= previousTag) throw new MalformedMessageError("tagged fields are not in ascending order");
    previousTag = tag;
    const size = reader.unsignedVarint();
    const row = tagged.find((candidate) => candidate.tag === tag);
    if (row === undefined) {
      reader.raw(size);
      continue;
    }
    const end = reader.position + size;
    body[row.name] = row.codec.read(reader);
    if (reader.position !== end) throw new MalformedMessageError("a tagged field does not fill its size");
  }
}

function fieldCodec(path: string, field: Field, version: number, isFlexible: boolean): ValueCodec {
  const isNullable = includesVersion(field.nullableVersions, version);
  const isCompact = isFlexible && !field.neverCompact;
  if (field.fields !== undefined) {
    const element = codecFor(path, field.fields, version, isFlexible);
    if (field.isArray) return arrayCodec(path, element, isNullable, isCompact);
    return isNullable ? nullableStructCodec(element) : element;
  }
  assert(field.type !== "struct", "a struct has fields");
  if (!field.isArray) return primitiveCodec(path, field.type, isNullable, isCompact);
  return arrayCodec(path, primitiveCodec(path, field.type, false, isCompact), isNullable, isCompact);
}

/** Does a value equal the field's default? For structs: does every one of their fields? */
function defaultTest(field: Field): (value: unknown) => boolean {
  const expected = field.defaultValue;
  if (expected === null) return (value) => value === null;
  if (field.isArray) return (value) => Array.isArray(value) && value.length === 0;
  if (field.type === "bytes") return (value) => value instanceof Uint8Array && value.length === 0;
  if (field.fields === undefined) return (value) => value === expected;
  const names = Object.keys(field.fields);
  const tests = names.map((name) => defaultTest(field.fields![name]!));
  return (value) => value !== null && tests.every((test, i) => test((value as AnyBody)[names[i]!]));
}
