// Configuration: Kafka's names, types, defaults and bounds, as tables.
// A table is the one place that knows a setting; its typed values are read with Kafka's exact strings, so that a
// reader can carry every line of a scenario over to a real server.properties, and back.

/** What one setting is. `about` is the sentence shown by help and by DescribeConfigs. */
export interface ConfigDefinition<T> {
  readonly type: "boolean" | "int" | "long" | "double" | "string" | "list";
  readonly fallback: T;
  readonly about: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly oneOf?: readonly string[];
  /** What else a value has to be, for messages, and whether one is; of the few settings that bounds do not describe. */
  readonly requirement?: { readonly words: string; readonly isMet: (value: unknown) => boolean };
  /** Topic settings: the broker setting that supplies the default (`log.segment.bytes` for `segment.bytes`). */
  readonly synonym?: string;
}

type Bounds = Pick<ConfigDefinition<unknown>, "atLeast" | "atMost" | "requirement" | "synonym">;

/** Kafka's Long.MAX_VALUE and Integer.MAX_VALUE: "no limit". The first is the largest safe integer here. */
export const LONG_MAX = Number.MAX_SAFE_INTEGER;
export const INT_MAX = 2147483647;
const JAVA_LONG_MAX = "9223372036854775807";

export function int(fallback: number, about: string, bounds: Bounds = {}): ConfigDefinition<number> {
  return { type: "int", fallback, about, ...bounds };
}
export function long(fallback: number, about: string, bounds: Bounds = {}): ConfigDefinition<number> {
  return { type: "long", fallback, about, ...bounds };
}
export function double(fallback: number, about: string, bounds: Bounds = {}): ConfigDefinition<number> {
  return { type: "double", fallback, about, ...bounds };
}
export function boolean(fallback: boolean, about: string, bounds: Bounds = {}): ConfigDefinition<boolean> {
  return { type: "boolean", fallback, about, ...bounds };
}
export function string<T extends string>(
  fallback: T,
  about: string,
  options: { readonly oneOf?: readonly T[]; readonly synonym?: string } = {},
): ConfigDefinition<T> {
  return { type: "string", fallback, about, ...options };
}
export function list(
  fallback: readonly string[],
  about: string,
  options: Pick<ConfigDefinition<unknown>, "oneOf" | "requirement" | "synonym"> = {},
): ConfigDefinition<readonly string[]> {
  return { type: "list", fallback, about, ...options };
}

export type ConfigTable = Readonly<Record<string, ConfigDefinition<unknown>>>;

/** The typed values of a table, read with Kafka's names: `config["min.insync.replicas"]`. */
export type ConfigValues<D extends ConfigTable> = {
  readonly [K in keyof D]: D[K] extends ConfigDefinition<infer T> ? T : never;
};

/** What a user writes: any subset of settings, as values or as the strings of a properties file. */
export type ConfigOverrides = Readonly<Record<string, RawValue>>;
type RawValue = string | number | boolean | readonly string[];

/** A setting that does not exist or a value it cannot take. The message is one sentence with what to do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Values for every setting of `table`: the default unless overridden.
 * @throws ConfigError for an unknown name (with the nearest known one) or an impossible value
 */
export function parseConfig<D extends ConfigTable>(table: D, overrides: ConfigOverrides = {}): ConfigValues<D> {
  const values: Record<string, unknown> = { ...defaultsOf(table) };
  for (const [name, value] of Object.entries(overrides)) {
    const definition = Object.hasOwn(table, name) ? table[name] : undefined;
    if (definition === undefined) throw new ConfigError(unknownName(name, Object.keys(table)));
    values[name] = parseConfigValue(name, definition, value);
  }
  return Object.freeze(values) as ConfigValues<D>;
}

const DEFAULTS = new WeakMap<ConfigTable, Readonly<Record<string, unknown>>>();

/**
 * The defaults of a table. Settings are copied from this one object and thereby share its shape: built name by name,
 * an object of so many names is a hash table to the engine, and each of the settings every request reads a look-up.
 */
function defaultsOf(table: ConfigTable): Readonly<Record<string, unknown>> {
  let defaults = DEFAULTS.get(table);
  if (defaults === undefined) {
    const named = Object.fromEntries(Object.entries(table).map(([name, { fallback }]) => [name, fallback]));
    // The copy is what makes it an object of fixed shape.
    defaults = { ...named };
    DEFAULTS.set(table, defaults);
  }
  return defaults;
}

/**
 * One value, checked and converted to its type. Strings are read as Java reads them: a value that Kafka stores must
 * not be refused here, nor one accepted that a real broker would refuse.
 * @throws ConfigError if it is not of the type or out of bounds
 */
export function parseConfigValue(name: string, definition: ConfigDefinition<unknown>, value: RawValue): unknown {
  const parsed = typedValue(name, definition, value);
  const { requirement } = definition;
  if (requirement?.isMet(parsed) === false) throw mistyped(name, requirement.words, value);
  return parsed;
}

function typedValue(name: string, definition: ConfigDefinition<unknown>, value: RawValue): unknown {
  const raw = typeof value === "string" ? value.trim() : value;
  switch (definition.type) {
    case "boolean": {
      const word = String(raw).toLowerCase();
      if (word !== "true" && word !== "false") throw mistyped(name, "true or false", value);
      return word === "true";
    }
    case "int":
    case "long":
      return withinBounds(name, definition, wholeNumber(name, definition.type, raw));
    case "double": {
      const number = typeof raw === "string" ? decimalNumber(raw) : raw;
      if (typeof number !== "number" || !Number.isFinite(number)) throw mistyped(name, "a number", value);
      return withinBounds(name, definition, number);
    }
    case "string":
      return oneOf(name, definition, String(raw));
    case "list": {
      const items = typeof raw === "string" ? raw.split(",") : Array.isArray(raw) ? raw : [String(raw)];
      return items
        .map((item: string) => item.trim())
        .filter((item) => item !== "")
        .map((item) => oneOf(name, definition, item));
    }
  }
}

/** The text of a value, as Kafka prints it: what parses to `LONG_MAX` here was Long.MAX_VALUE, and has to be so again. */
export function configValueText(definition: ConfigDefinition<unknown>, value: unknown): string {
  if (definition.type === "double" && Number.isInteger(value)) return `${value as number}.0`;
  return definition.type === "long" && value === LONG_MAX ? JAVA_LONG_MAX : String(value);
}

/** An int or a long; a long beyond the safe integers becomes the nearest of those, and so Long.MAX_VALUE `LONG_MAX`. */
function wholeNumber(name: string, type: "int" | "long", raw: RawValue): number {
  const isWhole = typeof raw === "string" ? /^[+-]?\d+$/.test(raw) : Number.isSafeInteger(raw);
  if (!isWhole) throw mistyped(name, "a whole number", raw);
  const number = Number(raw);
  if (type === "int" && (number > INT_MAX || number < -INT_MAX - 1)) throw mistyped(name, "a 32-bit integer", raw);
  if (!Number.isSafeInteger(number) && !isJavaLong(String(raw))) throw mistyped(name, "a 64-bit integer", raw);
  return Math.min(LONG_MAX, Math.max(-LONG_MAX, number));
}

function isJavaLong(text: string): boolean {
  // BigInt knows no leading plus sign.
  const exact = BigInt(text.replace("+", ""));
  return BigInt.asIntN(64, exact) === exact;
}

/** Java's decimal notation, without the "0x" and the empty string that `Number` would take. */
function decimalNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[df]?$/i.test(text) ? Number.parseFloat(text) : NaN;
}

function withinBounds(name: string, { atLeast, atMost }: ConfigDefinition<unknown>, number: number): number {
  if (number >= (atLeast ?? -Infinity) && number <= (atMost ?? Infinity)) return number;
  throw new ConfigError(`"${name}" takes ${atLeast ?? "any number"} to ${atMost ?? "any number"}, not ${number}`);
}

function mistyped(name: string, wanted: string, value: RawValue): ConfigError {
  return new ConfigError(`"${name}" takes ${wanted}, not ${JSON.stringify(value)}`);
}

function oneOf(name: string, definition: ConfigDefinition<unknown>, value: string): string {
  if (definition.oneOf !== undefined && !definition.oneOf.includes(value)) {
    throw new ConfigError(`"${name}" takes one of ${definition.oneOf.join(", ")}, not "${value}"`);
  }
  return value;
}

function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestNames(name, known, 1)[0];
  return `no setting is called "${name}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`;
}

/** The known names closest to a mistyped one, nearest first (edit distance, at most a third of its length). */
export function nearestNames(name: string, known: readonly string[], most: number): readonly string[] {
  return known
    .map((candidate, index) => ({ candidate, index, distance: editDistance(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3) || candidate.includes(name))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? a.length;
}
