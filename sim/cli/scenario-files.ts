// Scenarios from files: a trial as JSON, or a scenario in TypeScript or JavaScript, as samsa search writes them.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
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
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new UsageError(`Cannot read ${path}: there is no such file.`);
  const folder = mkdtempSync(join(tmpdir(), "samsa-run-"));
  try {
    // Wherever the file lies, "samsa" means this program.
    const tsconfig = join(folder, "tsconfig.json");
    const index = join(dirname(fileURLToPath(import.meta.url)), "../index");
    const source = existsSync(`${index}.ts`) ? `${index}.ts` : `${index}.js`;
    const compilerOptions = { module: "ESNext", target: "ES2023", baseUrl: folder, paths: { samsa: [source] } };
    writeFileSync(tsconfig, JSON.stringify({ compilerOptions, include: [absolute] }));
    const module = (await tsImport(pathToFileURL(absolute).href, {
      parentURL: import.meta.url,
      tsconfig,
    })) as Record<string, unknown>;
    const exported = [module["default"], ...Object.values(module)].find(isScenario);
    if (exported === undefined) throw new UsageError(`${path} exports no scenario.`);
    return exported;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be run: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isScenario(value: unknown): value is Scenario {
  if (typeof value !== "object" || value === null) return false;
  const { name, cluster, run } = value as Partial<Scenario>;
  return typeof name === "string" && typeof cluster === "object" && typeof run === "function";
}
