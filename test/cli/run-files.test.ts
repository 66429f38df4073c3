// samsa run on files: a trial as JSON and the scenario written of it, wherever they lie, do the same.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../sim/cli/run.js";
import { UsageError } from "../../sim/cli/usage.js";
import { drawTrial } from "../../sim/search/draw.js";
import { runTrial } from "../../sim/search/outcome.js";
import { scenarioSource } from "../../sim/search/scenario-source.js";
import { PROGRAM } from "../program.js";

const ROOT = join(import.meta.dirname, "../..");
const trial = drawTrial(6, "mixed", { durationMs: 4000, recordsPerSecond: 20 });
let folder: string;
const path = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "samsa-files-"));
  writeFileSync(path("trial.json"), JSON.stringify(trial));
  const options = { name: "kept", teaches: "What was found.", expect: "holds" } as const;
  writeFileSync(path("kept.ts"), scenarioSource(trial, options));
  writeFileSync(path("nothing.ts"), "export const answer: number = 42;\n");
  writeFileSync(path("broken.ts"), 'throw new Error("it is broken");\n');
  writeFileSync(path("text.json"), "not JSON");
  writeFileSync(path("other.json"), JSON.stringify({ ...trial, steps: [{ kind: "dance", atMs: 0 }] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function digestOf(file: string): Promise<string> {
  const args = [PROGRAM, "run", path(file), "--json"];
  return new Promise((done, fail) => {
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) fail(new Error(stderr));
      else done((JSON.parse(stdout) as { readonly digest: string }).digest);
    });
  });
}

test("samsa run trial.json and samsa run kept.ts find the digest of the trial", async () => {
  const { digest } = runTrial(trial);
  expect(await digestOf("trial.json")).toBe(digest);
  expect(await digestOf("kept.ts")).toBe(digest);
});

test.each([
  ["missing.json", /^Cannot read .*missing\.json: there is no such file\.$/],
  ["missing.ts", /^Cannot read .*missing\.ts: there is no such file\.$/],
  ["text.json", /text\.json is no trial: it is not JSON\.$/],
  ["other.json", /other\.json is no trial: its step 1 is none that is known\.$/],
  ["nothing.ts", /nothing\.ts exports no scenario\.$/],
  ["broken.ts", /broken\.ts cannot be run: it is broken$/],
])("samsa run %s says in one sentence what is wrong", async (name, sentence) => {
  const failure: unknown = await runCommand.run([path(name)]).catch((error: unknown) => error);
  expect(failure instanceof UsageError, String(failure)).toBe(true);
  expect((failure as Error).message).toMatch(sentence);
});
