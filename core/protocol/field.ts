// Field: one row of a message table.
// A row says what a value is, in which versions it travels and what it means; everything else (the TypeScript type of
// a body, its codec, its defaults, the inspector's tooltip) is derived from rows. Only schema.ts makes them.

import type { Uuid } from "../types.js";
import type { VersionRange } from "./versions.js";

/** The primitive types of the wire, and what they are here. int64 is a safe integer. */
export interface WireTypes {
  readonly bool: boolean;
  readonly int8: number;
  readonly int16: number;
  readonly uint16: number;
  readonly int32: number;
  readonly uint32: number;
  readonly int64: number;
  readonly float64: number;
  readonly string: string;
  readonly uuid: Uuid;
  readonly bytes: Uint8Array;
  /** Record batches, carried as they are: brokers never decode and encode them again. */
  readonly records: Uint8Array;
}
export type WireType = keyof WireTypes;

/** One row of a message table. `T` is the type of its value in a body. */
export interface Field<T = unknown> {
  readonly type: WireType | "struct";
  readonly isArray: boolean;
  /** Rows of a struct, or of each element of an array of structs. */
  readonly fields: Fields | undefined;
  /** Versions in which the field exists; in others its value is the default. */
  readonly versions: VersionRange;
  /** Versions in which it may be null. */
  readonly nullableVersions: VersionRange;
  /** Versions in which it travels as a tagged field: absent unless it differs from the default (KIP-482). */
  readonly taggedVersions: VersionRange;
  readonly tag: number;
  /** May a value be dropped silently when the version does not carry the field? */
  readonly ignorable: boolean;
  /** Length prefix of an int16 even in flexible versions: only the client id of the request header. */
  readonly neverCompact: boolean;
  readonly defaultValue: T;
  /** What the field means, in one sentence. */
  readonly about: string;
}

/** The rows of a struct by name; their order is the order on the wire. */
export type Fields = Readonly<Record<string, Field>>;
/** The value type of a struct: what its table spells. Values are immutable once sent. */
export type BodyOf<F extends Fields> = { readonly [K in keyof F]: F[K]["defaultValue"] };

/** A body in which anything may be left out, at every depth. */
export type PartialBody<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly PartialBody<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: PartialBody<T[K]> | undefined }
      : T;
