// Scenarios from files: a trial as JSON, or a scenario in TypeScript or JavaScript, as samsa search writes them.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { tsImport } from "tsx/esm/api";
import { trialProblem } from "../search/trial-check.js";
import type { Trial } from "../search/trial.js";
import type { Scenario } from "../world/scenario.js";
import { readText } from "./files.js";
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

/** The scenario a module exports: its default export, else its only one. @throws UsageError if there is none */
export async function importScenario(path: string): Promise<Scenario> {
  const source = readText(path);
  const folder = mkdtempSync(join(tmpdir(), "samsa-run-"));
  try {
    // A module that imports its neighbours is run where it lies, and finds "samsa" as its neighbours do.
    const standsAlone = !/(?:from|import)\s*\(?\s*["']\.{1,2}\//.test(source);
    const module = await importModule(standsAlone ? copyInto(folder, path, source) : resolve(path));
    const exported = [module["default"], ...Object.values(module)].find(isScenario);
    if (exported === undefined) throw new UsageError(`${path} exports no scenario.`);
    return exported;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path} cannot be run: ${reason.split("\n")[0]}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  return (await tsImport(pathToFileURL(path).href, import.meta.url)) as Record<string, unknown>;
}

/** Copies a module to where "samsa" means this very program, built or not; returns the copy's path. */
function copyInto(folder: string, path: string, source: string): string {
  const index = join(dirname(fileURLToPath(import.meta.url)), "../index");
  const samsa = join(folder, "node_modules/samsa");
  mkdirSync(samsa, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(samsa, "package.json"), JSON.stringify({ name: "samsa", type: "module", exports: "./index.js" }));
  const program = pathToFileURL(existsSync(`${index}.ts`) ? `${index}.ts` : `${index}.js`).href;
  writeFileSync(join(samsa, "index.js"), `export * from ${JSON.stringify(program)};\n`);
  const copy = join(folder, basename(path));
  writeFileSync(copy, source);
  return copy;
}

function isScenario(value: unknown): value is Scenario {
  if (typeof value !== "object" || value === null) return false;
  const { name, cluster, run } = value as Partial<Scenario>;
  return typeof name === "string" && typeof cluster === "object" && typeof run === "function";
}
