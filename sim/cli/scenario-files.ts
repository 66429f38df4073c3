// Scenarios from files: a trial as JSON, or a scenario in TypeScript or JavaScript, as samsa search writes them.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { tsImport } from "tsx/esm/api";
import { trialProblem } from "../search/trial-check.js";
import type { Trial } from "../search/trial.js";
import type { Scenario } from "../world/scenario.js";
import { readInput, readText } from "./files.js";
import { provideOwnModules } from "./own-modules.js";
import { UsageError } from "./usage.js";

/** Does the name mean a file rather than a scenario that ships? */
export function isScenarioFile(name: string): boolean {
  return /\.(json|[cm]?[tj]s)$/.test(name);
}

/** The trial in a JSON file. @throws UsageError if there is none in it */
export function readTrial(path: string): Trial {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is no trial: it is not JSON.`);
  }
  const problem = trialProblem(parsed);
  if (problem !== undefined) throw new UsageError(`${path} is no trial: ${problem}.`);
  return parsed as Trial;
}

/** The scenario a module exports: its default export, else its only one. @throws UsageError if there is no such */
export async function importScenario(path: string): Promise<Scenario> {
  readInput(path);
  const { default: main, ...named } = await importModule(path);
  if (isScenario(main)) return main;
  // What was compiled to CommonJS has all that it exports, its default export too, in its default export.
  const { default: inner, ...others } =
    typeof main === "object" && main !== null ? (main as Record<string, unknown>) : {};
  if (isScenario(inner)) return inner;
  const [only, ...more] = new Set([...Object.values(others), ...Object.values(named)].filter(isScenario));
  if (only === undefined) throw new UsageError(`${path} exports no scenario.`);
  if (more.length > 0) {
    const names = [only, ...more].map(({ name }) => name).join(", ");
    throw new UsageError(`${path} exports several scenarios: ${names}; make the one to run its default export.`);
  }
  return only;
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  provideOwnModules();
  try {
    return (await tsImport(pathToFileURL(resolve(path)).href, import.meta.url)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${path} cannot be run: ${reasonOf(error)}`);
  }
}

/** Why a module cannot be run, in one line; if it does not compile, where. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The compiler lists what it found, a line each, under a heading; it counts columns from 0, editors from 1.
  const [, line, column, found] = /^(.+:\d+):(\d+): ERROR: (.+)$/m.exec(error.message) ?? [];
  if (found !== undefined) return `${line}:${Number(column) + 1}: ${found}`;
  return error.message.split("\n")[0]!;
}

function isScenario(value: unknown): value is Scenario {
  if (typeof value !== "object" || value === null) return false;
  const { name, cluster, run } = value as Partial<Scenario>;
  return typeof name === "string" && typeof cluster === "object" && typeof run === "function";
}
