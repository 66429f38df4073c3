// Threads and processes of our own run the code that started them: the sources, with the help of tsx, or what was
// compiled from them.

import { fileURLToPath } from "node:url";

/** Are these the sources? */
const IS_SOURCE = import.meta.url.endsWith(".ts");

/** URL of a module of this folder, by its name without an ending. */
export function moduleUrl(name: string): string {
  return new URL(`${name}.${IS_SOURCE ? "ts" : "js"}`, import.meta.url).href;
}

/** What a thread runs first to get at a module; a thread does not inherit tsx from the program. */
export function threadCode(name: string): string {
  const load = `import(${JSON.stringify(moduleUrl(name))})`;
  if (!IS_SOURCE) return load;
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  return `import(${tsx}).then(({ register }) => { register(); return ${load}; });`;
}

/** Arguments for Node to run a module as a process. */
export function processArguments(name: string): readonly string[] {
  const path = fileURLToPath(moduleUrl(name));
  return IS_SOURCE ? ["--import", import.meta.resolve("tsx"), path] : [path];
}
