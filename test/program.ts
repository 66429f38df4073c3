// The program as it is published, compiled once before the tests: dozens of them start it as a process, and each would
// otherwise compile the sources for itself, which takes longer than what it tests.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const PACKAGE = join(ROOT, "out/samsa");

/** The compiled program: give it to Node, and then the arguments of `samsa`. */
export const PROGRAM = join(PACKAGE, "dist/sim/cli/main.js");

/** Vitest's global set-up: compiles the sources of now; their types are looked at elsewhere (`npm run check`). */
export default function compileProgram(): void {
  // A test may start a vitest of its own, while others use the program.
  if (process.env["SAMSA_PROGRAM_IS_COMPILED"] === "1") return;
  process.env["SAMSA_PROGRAM_IS_COMPILED"] = "1";
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(PACKAGE, { recursive: true });
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const options = ["--noCheck", "--declaration", "false", "--outDir", join(PACKAGE, "dist")];
  execFileSync(process.execPath, [tsc, "-p", join(ROOT, "tsconfig.json"), ...options], { stdio: "inherit" });
  cpSync(join(ROOT, "package.json"), join(PACKAGE, "package.json"));
  // The page is not compiled but built, by npm ci or npm run build; without it only what needs it fails.
  const page = "dist/visualizer/index.html";
  if (existsSync(join(ROOT, page))) cpSync(join(ROOT, page), join(PACKAGE, page));
}
