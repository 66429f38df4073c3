// Options of a command: parsed strictly, so that a mistyped one is a sentence and not a surprise.

import { parseArgs, type ParseArgsConfig } from "node:util";
import { nearestNames } from "../../core/config/definition.js";
import { UsageError } from "./usage.js";

type OptionTable = NonNullable<ParseArgsConfig["options"]>;

export interface ParsedOptions {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  /** @throws UsageError if it is empty */
  text(name: string): string | undefined;
  /** Values of an option that may be repeated. */
  texts(name: string): readonly string[];
  /** A whole number in [atLeast, atMost]. @throws UsageError otherwise */
  number(name: string, bounds: { readonly atLeast: number; readonly atMost: number }): number | undefined;
}

/**
 * Parses the arguments of a command.
 * @throws UsageError for an unknown option (with the nearest known one) or a missing value
 */
export function parseOptions(command: string, args: readonly string[], options: OptionTable): ParsedOptions {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: withNumbersJoined(args),
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(explain(command, error, Object.keys(options)));
  }
  const { values, positionals } = parsed;
  return {
    positionals,
    flag: (name) => values[name] === true,
    text: (name) => {
      const text = values[name];
      if (typeof text !== "string") return undefined;
      // As a script passes it whose variable is not set.
      if (text.trim() === "") throw new UsageError(`--${name} has an empty value; give one, or leave the option out.`);
      return text;
    },
    texts: (name) => {
      const value = values[name];
      return Array.isArray(value) ? value.map(String) : [];
    },
    number: (name, { atLeast, atMost }) => {
      const text = values[name];
      if (typeof text !== "string") return undefined;
      const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
      if (!(number >= atLeast && number <= atMost)) {
        throw new UsageError(`--${name} takes a whole number from ${atLeast} to ${atMost}, not "${text}".`);
      }
      return number;
    },
  };
}

/** "--seed -1" as "--seed=-1": no option begins with a digit, and what is wrong with the number is for us to say. */
function withNumbersJoined(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const isNumberOf = /^-\d/.test(arg) && /^--[^=]+$/.test(joined.at(-1) ?? "");
    if (isNumberOf) joined.push(`${joined.pop()}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

function explain(command: string, error: unknown, known: readonly string[]): string {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /Unknown option '(--?[^']+)'/.exec(message)?.[1];
  const valueless = /Option '(?:-\w, )?(--[^ ']+)[^']*' argument is ambiguous/.exec(message)?.[1];
  if (valueless !== undefined)
    return `samsa ${command}: ${valueless} needs a value; one that begins with a dash is written ${valueless}=VALUE.`;
  if (unknown === undefined) return `samsa ${command}: ${message.split(". ")[0]}.`;
  const nearest = nearestNames(unknown.replace(/^-+/, ""), known, 1)[0];
  const hint = nearest === undefined ? `see samsa ${command} --help` : `did you mean --${nearest}?`;
  return `samsa ${command} has no option ${unknown}; ${hint}`;
}
