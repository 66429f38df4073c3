// A value as a tree: message bodies field by field, nested parts to open and close.

import { errorName } from "../../core/errors.js";

/** Long arrays are cut here; the rest is counted. */
const MAX_ITEMS = 100;

/** The element that shows a JSON value; parts are open down to `openDepth`. */
export function valueTree(value: unknown, openDepth = 5): HTMLElement {
  const root = document.createElement("div");
  root.className = "tree";
  root.append(...childNodes(value, openDepth));
  return root;
}

function childNodes(value: unknown, openDepth: number): Node[] {
  if (!isBranch(value)) return [leaf(value)];
  const entries = Object.entries(value);
  const rows = entries.slice(0, MAX_ITEMS).map(([key, child]) => row(key, child, openDepth));
  if (entries.length > MAX_ITEMS) rows.push(text("empty", `… ${entries.length - MAX_ITEMS} more`));
  return rows;
}

function row(key: string, value: unknown, openDepth: number): HTMLElement {
  if (!isBranch(value)) {
    const line = document.createElement("div");
    line.append(text("key", `${key}: `), leaf(value));
    if (isErrorField(key) && typeof value === "number")
      line.append(text(value === 0 ? "key" : "error", ` ${errorName(value)}`));
    return line;
  }
  const details = document.createElement("details");
  details.open = openDepth > 0;
  const summary = document.createElement("summary");
  const count = Object.keys(value).length;
  summary.append(text("key", Array.isArray(value) ? `${key} [${count}]` : key));
  const inside = document.createElement("div");
  inside.append(...childNodes(value, openDepth - 1));
  details.append(summary, inside);
  return details;
}

/** Fields of Kafka's messages and of events that hold an error code. */
export function isErrorField(key: string): boolean {
  return key === "error" || /errorCode$/i.test(key);
}

function leaf(value: unknown): HTMLElement {
  if (typeof value === "string") return text("string", `“${value}”`);
  if (typeof value === "number") return text("number", String(value));
  if (isBranch(value)) return text("key", "…");
  return text("key", Array.isArray(value) ? "[ ]" : typeof value === "object" && value ? "{ }" : String(value));
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function text(className: string, content: string): HTMLElement {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = content;
  return span;
}
