// Defaults: filling in what the maker of a body left out.
// A body always has every field of its table, so that no reader has to ask whether a field is there. Parts that are
// complete already are kept as they are: a caller that spells everything out pays nothing but the look.

import type { Field, Fields } from "./field.js";

/** A struct's value while its type is not known statically. */
export type AnyBody = Readonly<Record<string, unknown>>;

/** A struct's rows as parallel arrays, and a body with all defaults to start from. */
export interface Template {
  readonly names: readonly string[];
  readonly fields: readonly Field[];
  /** Templates of the rows that are structs or arrays of structs. */
  readonly nested: readonly (Template | undefined)[];
  readonly defaults: AnyBody;
}

/** Prepares a struct's table for `complete` and for decoding. */
export function templateOf(fields: Fields): Template {
  const names = Object.keys(fields);
  const rows = names.map((name) => fields[name]!);
  const defaults: Record<string, unknown> = {};
  for (const name of names) defaults[name] = fields[name]!.defaultValue;
  const nested = rows.map((row) => (row.fields === undefined ? undefined : templateOf(row.fields)));
  return { names, fields: rows, nested, defaults };
}

/** `partial` with every absent field set to its default; `partial` itself if nothing was absent. */
export function complete(template: Template, partial: AnyBody | undefined): AnyBody {
  const { names, fields, nested, defaults } = template;
  if (partial === undefined) return defaults;
  let completed: Record<string, unknown> | undefined;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const given = partial[name];
    const inner = nested[i];
    let value = given;
    if (given === undefined) value = fields[i]!.defaultValue;
    else if (inner !== undefined && given !== null) {
      value = fields[i]!.isArray ? completeEach(inner, given as readonly AnyBody[]) : complete(inner, given as AnyBody);
    }
    if (completed === undefined) {
      if (value === given) continue;
      // Copied from the template, not from `partial`: bodies of one table then share one shape, which is quick to read.
      completed = { ...defaults };
      for (let j = 0; j < i; j++) completed[names[j]!] = partial[names[j]!];
    }
    completed[name] = value;
  }
  return completed ?? partial;
}

function completeEach(template: Template, elements: readonly AnyBody[]): readonly AnyBody[] {
  let completed: AnyBody[] | undefined;
  for (let i = 0; i < elements.length; i++) {
    const element = complete(template, elements[i]);
    if (element === elements[i]) continue;
    completed ??= [...elements];
    completed[i] = element;
  }
  return completed ?? elements;
}
