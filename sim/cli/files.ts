// Files the command line reads and writes, with errors a user can act on.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { embedTrace } from "../../visualizer/embed.js";
import { readTrace, traceChunks, TraceFileError, type TraceFile } from "../trace/json-lines.js";
import { summariseRecords } from "../trace/records-summary.js";
import type { DataSet } from "../world/scenario.js";
import { UsageError } from "./usage.js";

/** Reads a file, or says in one sentence why it cannot. */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "it failed");
    throw new UsageError(`Cannot read ${path}: ${reason}.`);
  }
}

/** Writes a file, making its folder, or says in one sentence why it cannot. */
export function writeOutput(path: string, content: string | Uint8Array): string {
  const absolute = resolve(path);
  try {
    makeFolder(dirname(absolute));
    writeFileSync(absolute, content);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return absolute;
}

/** Makes sure that a file can be written later, or says in one sentence why it cannot; changes no file. */
export function checkOutput(path: string): void {
  const absolute = resolve(path);
  const isNew = !existsSync(absolute);
  try {
    makeFolder(dirname(absolute));
    closeSync(openSync(absolute, "a"));
    if (isNew) rmSync(absolute);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): UsageError {
  return new UsageError(`Cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? "it failed"}.`);
}

/** Makes a folder and those above it. One at a time: Node's own recursion never returns where none can be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** A trace as JSON lines; gzipped if the name ends in .gz. */
export function writeTraceFile(path: string, trace: TraceFile): string {
  const bytes = traceBytes(trace);
  return writeOutput(path, path.endsWith(".gz") ? gzipSync(bytes) : bytes);
}

function traceBytes(trace: TraceFile): Buffer {
  const pieces: Buffer[] = [];
  for (const chunk of traceChunks(trace, summariseRecords)) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

/** The text of a file, gzipped or not. @throws TraceFileError if its compressed data ends early */
export function readText(path: string): string {
  const bytes = readInput(path);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return (isGzip ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch {
    throw new TraceFileError(`The trace ${path} is truncated: its compressed data ends early.`);
  }
}

/** Reads a trace written by `writeTraceFile`. @throws TraceFileError if it is none */
export function readTraceFile(path: string): TraceFile {
  return readTrace(readText(path));
}

/** Writes the replay page with a trace inside: one file that needs nothing else. */
export function writeReplayPage(path: string, trace: TraceFile): string {
  const compressed = gzipSync(traceBytes(trace), { level: 9 });
  return writeOutput(path, embedTrace(readPageTemplate(), compressed.toString("base64")));
}

function readPageTemplate(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  // Beside the compiled program, or in dist/ when the sources run.
  const places = [join(here, "../../visualizer/index.html"), join(here, "../../dist/visualizer/index.html")];
  for (const place of places) {
    if (!existsSync(place)) continue;
    const page = readFileSync(place, "utf8");
    if (page.includes('id="samsa-trace"') && !page.includes('src="./main.ts"')) return page;
  }
  throw new UsageError("The replay page is not built; npm run build makes it.");
}

/** The parsed JSON of a file inside an installed package. */
export function loadDataSet(data: DataSet): unknown {
  const require = createRequire(import.meta.url);
  const entry = require.resolve.paths(data.package) ?? [];
  for (const folder of entry) {
    const path = join(folder, data.package, data.file);
    if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as unknown;
  }
  throw new UsageError(`The data set ${data.package}/${data.file} is not installed; npm ci installs it.`);
}

/** The package this program is: where its package.json lies, which is above the program, compiled or not. */
export function ownPackage(): { readonly folder: string; readonly version: string; readonly exports: PackageExports } {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [join(here, "../.."), join(here, "../../..")].find((each) => existsSync(join(each, "package.json")));
  if (folder === undefined) throw new Error("samsa's package.json is not above the program");
  const read = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly version: string;
    readonly exports: PackageExports;
  };
  return { folder, version: read.version, exports: read.exports };
}

/** What others may import: "./testing" and the like, and the compiled module it stands for. */
type PackageExports = Readonly<Record<string, { readonly default: string } | string>>;

/** The version of this program. */
export function samsaVersion(): string {
  return ownPackage().version;
}
