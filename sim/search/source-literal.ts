// Source literals: values as program text, laid out as people and formatters do: on one line where it fits.

/** Columns a line may have. */
export const WIDTH = 120;

/**
 * A value of plain data as a TypeScript expression. `indent` is how far its line is in, `column` where it begins; one
 * character follows it on its line.
 */
export function literal(value: unknown, indent: number, column: number): string {
  const flat = oneLine(value);
  if (typeof value !== "object" || value === null) return flat;
  if (column + flat.length < WIDTH && !needsLines(value)) return flat;
  const inner = " ".repeat(indent + 2);
  const outer = " ".repeat(indent);
  if (Array.isArray(value)) {
    const lines = value.map((each: unknown) => `${inner}${literal(each, indent + 2, indent + 2)},\n`);
    return `[\n${lines.join("")}${outer}]`;
  }
  const lines = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => {
      const key = `${keyOf(name)}: `;
      return `${inner}${key}${literal(each, indent + 2, indent + 2 + key.length)},\n`;
    });
  return `{\n${lines.join("")}${outer}}`;
}

/** Formatters give each of several objects with several fields, or lists of several, a line of its own. */
function needsLines(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value)) return Object.values(value).some(needsLines);
  const isWide = (each: unknown): boolean =>
    typeof each === "object" && each !== null && Object.values(each).filter((part) => part !== undefined).length > 1;
  const areAlike = new Set(value.map((each) => Array.isArray(each))).size === 1;
  return (value.length > 1 && areAlike && value.every(isWide)) || value.some(needsLines);
}

function oneLine(value: unknown): string {
  if (typeof value === "number") return numeral(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, each]) => `${keyOf(name)}: ${oneLine(each)}`).join(", ")} }`;
}

/** A number with its thousands set apart, as they are in this project: 12_500. */
export function numeral(value: number): string {
  const text = String(value);
  return /^-?\d{5,}$/.test(text) ? text.replace(/\B(?=(\d{3})+$)/g, "_") : text;
}

function keyOf(name: string): string {
  return /^[a-zA-Z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** A name as an identifier: "worker-1" → "worker1". */
export function identifier(name: string): string {
  const camel = name
    .replace(/[^a-zA-Z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase())
    .replace(/^[A-Z]/, (first) => first.toLowerCase());
  return /^[a-z]/.test(camel) ? camel : `its${camel}`;
}
