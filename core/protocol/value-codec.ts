// Value codecs: the encodings of single values, in their classic and their compact form.
// Classic lengths are fixed-width with −1 for null; compact ones (KIP-482) are unsigned varints of length + 1 with
// 0 for null. Which form applies, and whether null is allowed, is settled when a codec is compiled.

import { assert, assertNever } from "../assert.js";
import type { ByteReader, ByteWriter } from "./bytes.js";
import { MalformedMessageError } from "./errors.js";
import type { WireType } from "./field.js";

/** Reads and writes one value. Values are `unknown` here; the table's type is restored by the message. */
export interface ValueCodec {
  write(writer: ByteWriter, value: unknown): void;
  read(reader: ByteReader): unknown;
}

const BOOL = codec<boolean>(
  (w, v) => w.bool(v),
  (r) => r.bool(),
);
const INT8 = codec<number>(
  (w, v) => w.int8(v),
  (r) => r.int8(),
);
const INT16 = codec<number>(
  (w, v) => w.int16(v),
  (r) => r.int16(),
);
const UINT16 = codec<number>(
  (w, v) => w.uint16(v),
  (r) => r.uint16(),
);
const INT32 = codec<number>(
  (w, v) => w.int32(v),
  (r) => r.int32(),
);
const UINT32 = codec<number>(
  (w, v) => w.uint32(v),
  (r) => r.uint32(),
);
const INT64 = codec<number>(
  (w, v) => w.int64(v),
  (r) => r.int64(),
);
const FLOAT64 = codec<number>(
  (w, v) => w.float64(v),
  (r) => r.float64(),
);
const UUID = codec<string>(
  (w, v) => w.uuid(v),
  (r) => r.uuid(),
);

/** The codec of a primitive; `path` names the field in assertion messages. */
export function primitiveCodec(path: string, type: WireType, isNullable: boolean, isCompact: boolean): ValueCodec {
  switch (type) {
    case "bool":
      return BOOL;
    case "int8":
      return INT8;
    case "int16":
      return INT16;
    case "uint16":
      return UINT16;
    case "int32":
      return INT32;
    case "uint32":
      return UINT32;
    case "int64":
      return INT64;
    case "float64":
      return FLOAT64;
    case "uuid":
      return UUID;
    case "string":
      return stringCodec(path, isNullable, isCompact);
    case "bytes":
    case "records":
      return bytesCodec(path, isNullable, isCompact);
    default:
      return assertNever(type);
  }
}

/** Count, then the elements. */
export function arrayCodec(path: string, element: ValueCodec, isNullable: boolean, isCompact: boolean): ValueCodec {
  const neverNull = `${path} is not null in this version`;
  return {
    write(writer, value) {
      if (value === null) {
        assert(isNullable, neverNull);
        return isCompact ? writer.unsignedVarint(0) : writer.int32(-1);
      }
      const elements = value as readonly unknown[];
      if (isCompact) writer.unsignedVarint(elements.length + 1);
      else writer.int32(elements.length);
      for (let i = 0; i < elements.length; i++) element.write(writer, elements[i]);
    },
    read(reader) {
      const count = isCompact ? reader.unsignedVarint() - 1 : reader.int32();
      if (count === -1) return nullOrThrow(isNullable, neverNull);
      // Every element takes a byte at least. Without this check a few bad bytes could ask for gigabytes of memory.
      if (count < 0 || count > reader.remaining) throw new MalformedMessageError(`${path} has an impossible count`);
      const elements: unknown[] = [];
      for (let i = 0; i < count; i++) elements.push(element.read(reader));
      return elements;
    },
  };
}

/** A struct that may be null: one byte −1 or 1 tells. */
export function nullableStructCodec(inner: ValueCodec): ValueCodec {
  return {
    write(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) inner.write(writer, value);
    },
    read: (reader) => (reader.int8() < 0 ? null : inner.read(reader)),
  };
}

function stringCodec(path: string, isNullable: boolean, isCompact: boolean): ValueCodec {
  const neverNull = `${path} is not null in this version`;
  return {
    write(writer, value) {
      if (value === null) {
        assert(isNullable, neverNull);
        return isCompact ? writer.unsignedVarint(0) : writer.int16(-1);
      }
      return isCompact ? writer.compactString(value as string) : writer.string(value as string);
    },
    read(reader) {
      const text = isCompact ? reader.compactNullableString() : reader.nullableString();
      return text === null ? nullOrThrow(isNullable, neverNull) : text;
    },
  };
}

function bytesCodec(path: string, isNullable: boolean, isCompact: boolean): ValueCodec {
  const neverNull = `${path} is not null in this version`;
  return {
    write(writer, value) {
      if (value === null) {
        assert(isNullable, neverNull);
        return isCompact ? writer.unsignedVarint(0) : writer.int32(-1);
      }
      const bytes = value as Uint8Array;
      if (isCompact) writer.unsignedVarint(bytes.length + 1);
      else writer.int32(bytes.length);
      writer.raw(bytes);
    },
    read(reader) {
      const length = isCompact ? reader.unsignedVarint() - 1 : reader.int32();
      return length === -1 ? nullOrThrow(isNullable, neverNull) : reader.raw(length);
    },
  };
}

function nullOrThrow(isNullable: boolean, neverNull: string): null {
  if (!isNullable) throw new MalformedMessageError(neverNull);
  return null;
}

function codec<T>(write: (writer: ByteWriter, value: T) => void, read: (reader: ByteReader) => T): ValueCodec {
  return { write: (writer, value) => write(writer, value as T), read };
}
