// Schema: a message is a table of fields, and both its TypeScript type and its codec follow from the table.
// Kafka defines its messages the same way (clients/src/main/resources/common/message/*.json); a table here repeats
// names, order, types, versions and defaults of that definition, so that nobody writes a type or a codec by hand.
// Tables are constants: built when their module loads, changed by nobody.

import { assert } from "../assert.js";
import { ZERO_UUID } from "../types.js";
import type { Uuid } from "../types.js";
import type { ByteReader, ByteWriter } from "./bytes.js";
import { codecFor } from "./codec.js";
import type { StructCodec } from "./codec.js";
import { complete, templateOf } from "./defaults.js";
import type { AnyBody } from "./defaults.js";
import type { BodyOf, Field, Fields, PartialBody, WireType, WireTypes } from "./field.js";
import { NO_VERSIONS, parseVersions } from "./versions.js";

export type { BodyOf, Field, Fields, PartialBody, WireType, WireTypes } from "./field.js";

interface CommonOptions {
  /** Versions in which the field is tagged; needs `tag`. */
  readonly tagged?: string;
  readonly tag?: number;
  readonly ignorable?: true;
  readonly neverCompact?: true;
}
interface Plain<T> extends CommonOptions {
  readonly default?: T;
}
interface Nullable<T> extends CommonOptions {
  /** Versions in which null is allowed. */
  readonly nullable: string;
  readonly default?: T | null;
}
type AnyOptions = Plain<unknown> & { readonly nullable?: string };

interface ScalarField<T> {
  (versions: string, about: string, options: Nullable<T>): Field<T | null>;
  (versions: string, about: string, options?: Plain<T>): Field<T>;
}

export const bool: ScalarField<boolean> = scalar("bool", false);
export const int8: ScalarField<number> = scalar("int8", 0);
export const int16: ScalarField<number> = scalar("int16", 0);
export const uint16: ScalarField<number> = scalar("uint16", 0);
export const int32: ScalarField<number> = scalar("int32", 0);
export const uint32: ScalarField<number> = scalar("uint32", 0);
export const int64: ScalarField<number> = scalar("int64", 0);
export const float64: ScalarField<number> = scalar("float64", 0);
export const string: ScalarField<string> = scalar("string", "");
export const uuid: ScalarField<Uuid> = scalar("uuid", ZERO_UUID);
/** Shared by all empty byte fields. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);
export const bytes: ScalarField<Uint8Array> = scalar("bytes", EMPTY_BYTES);

/** Record batches; null means none. */
export function records(versions: string, about: string, options: CommonOptions & { nullable: string }) {
  return field("records", false, undefined, versions, about, options, null as Uint8Array | null);
}

const EMPTY_ARRAY: readonly never[] = Object.freeze([]);

/** An array of primitives (`element` names the type) or of structs (`element` is their table). */
export function array<K extends WireType>(
  versions: string,
  about: string,
  element: K,
  options: Nullable<readonly WireTypes[K][]>,
): Field<readonly WireTypes[K][] | null>;
export function array<K extends WireType>(
  versions: string,
  about: string,
  element: K,
  options?: Plain<readonly WireTypes[K][]>,
): Field<readonly WireTypes[K][]>;
export function array<F extends Fields>(
  versions: string,
  about: string,
  element: F,
  options: Nullable<readonly BodyOf<F>[]>,
): Field<readonly BodyOf<F>[] | null>;
export function array<F extends Fields>(
  versions: string,
  about: string,
  element: F,
  options?: Plain<readonly BodyOf<F>[]>,
): Field<readonly BodyOf<F>[]>;
export function array(versions: string, about: string, element: WireType | Fields, options: AnyOptions = {}): Field {
  const isPrimitive = typeof element === "string";
  return field(
    isPrimitive ? element : "struct",
    true,
    isPrimitive ? undefined : element,
    versions,
    about,
    options,
    EMPTY_ARRAY,
  );
}

/** A nested struct. Without a default of null it is never absent: its own fields have defaults. */
export function struct<F extends Fields>(
  versions: string,
  about: string,
  fields: F,
  options: Nullable<BodyOf<F>>,
): Field<BodyOf<F> | null>;
export function struct<F extends Fields>(
  versions: string,
  about: string,
  fields: F,
  options?: Plain<BodyOf<F>>,
): Field<BodyOf<F>>;
export function struct(versions: string, about: string, fields: Fields, options: AnyOptions = {}): Field {
  return field("struct", false, fields, versions, about, options, templateOf(fields).defaults);
}

function scalar<T>(type: WireType, zero: T): ScalarField<T> {
  return (versions: string, about: string, options: AnyOptions = {}): Field<T> =>
    field(type, false, undefined, versions, about, options, zero) as Field<T>;
}

function field<T>(
  type: WireType | "struct",
  isArray: boolean,
  fields: Fields | undefined,
  versions: string,
  about: string,
  options: AnyOptions,
  zero: T,
): Field<T> {
  assert((options.tagged === undefined) === (options.tag === undefined), "a tagged field has a tag");
  return {
    type,
    isArray,
    fields,
    versions: parseVersions(versions),
    nullableVersions: options.nullable === undefined ? NO_VERSIONS : parseVersions(options.nullable),
    taggedVersions: options.tagged === undefined ? NO_VERSIONS : parseVersions(options.tagged),
    tag: options.tag ?? -1,
    ignorable: options.ignorable ?? false,
    neverCompact: options.neverCompact ?? false,
    defaultValue: options.default === undefined ? zero : (options.default as T),
    about,
  };
}

/** What a message table is built from. */
export interface MessageTable<F extends Fields> {
  /** Kafka's name: "FetchRequest". */
  readonly name: string;
  /** Number of the API; for metadata records, of the record type; −1 for messages that have none. */
  readonly apiKey: number;
  /** Lowest and highest version this project speaks. */
  readonly versions: readonly [lowest: number, highest: number];
  /** First version with compact encodings and tagged fields (KIP-482); null if none has. */
  readonly flexibleSince: number | null;
  readonly fields: F;
}

/** A message table with its codec. */
export interface MessageSchema<F extends Fields = Fields> extends MessageTable<F> {
  /**
   * Appends the body in the given version.
   * @throws AssertionError if a field holds a value the version cannot carry: the sender's bug
   */
  encode(writer: ByteWriter, body: BodyOf<F>, version: number): void;
  /**
   * Reads a body; fields absent from the version hold their defaults. Byte fields are views of the input.
   * @throws MalformedMessageError
   */
  decode(reader: ByteReader, version: number): BodyOf<F>;
  /** Completes a body with defaults, at every depth. Parts that are complete already are kept, not copied. */
  create(partial?: PartialBody<BodyOf<F>>): BodyOf<F>;
}

/** Builds a message from its table. Codecs are compiled at first use, one a version. */
export function message<F extends Fields>(table: MessageTable<F>): MessageSchema<F> {
  const [lowest, highest] = table.versions;
  const template = templateOf(table.fields);
  const codecs: (StructCodec | undefined)[] = [];
  const codec = (version: number): StructCodec => {
    const known = codecs[version];
    if (known !== undefined) return known;
    assert(version >= lowest && version <= highest, "a message is encoded in a version its table covers");
    const isFlexible = table.flexibleSince !== null && version >= table.flexibleSince;
    return (codecs[version] = codecFor(table.name, table.fields, version, isFlexible));
  };
  return {
    ...table,
    encode: (writer, body, version) => codec(version).write(writer, body),
    decode: (reader, version) => codec(version).read(reader) as BodyOf<F>,
    create: (partial) => complete(template, partial as AnyBody | undefined) as BodyOf<F>,
  };
}
