// samsa run on files: a trial as JSON and the scenario written of it, wherever they lie, do the same.

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../core/config/definition.js";
import { runCommand } from "../../sim/cli/run.js";
import { UsageError } from "../../sim/cli/usage.js";
import { drawTrial } from "../../sim/search/draw.js";
import { describeTrial } from "../../sim/search/failure-story.js";
import { runTrial } from "../../sim/search/outcome.js";
import { scenarioSource } from "../../sim/search/scenario-source.js";
import { PROGRAM } from "../program.js";

const ROOT = join(import.meta.dirname, "../..");
const trial = drawTrial(6, "mixed", { durationMs: 4000, recordsPerSecond: 20 });
let folder: string;
const path = (name: string): string => join(folder, name);

/** A module with a scenario of one broker that says this. */
function scriptWith(fields: string): string {
  const rest = 'name: "said", teaches: "", read: [], cluster: { brokers: 1, controllers: 1 }';
  return `import { scenario } from "samsa";\nexport default scenario({ ${rest}, ${fields} });\n`;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "samsa-files-"));
  writeFileSync(path("trial.json"), JSON.stringify(trial));
  const options = { name: "kept", teaches: "What was found.", expect: "holds" } as const;
  writeFileSync(path("kept.ts"), scenarioSource(trial, options));
  writeFileSync(path("nothing.ts"), "export const answer: number = 42;\n");
  writeFileSync(path("broken.ts"), 'throw new Error("it is broken");\n');
  const two = ["one", "other"].map((name) => `export const ${name} = { name: "${name}", cluster: {}, run() {} };\n`);
  writeFileSync(path("two.ts"), two.join(""));
  writeFileSync(path("two.mjs"), two.join(""));
  writeFileSync(path("typo.ts"), 'export const mine = {\n  name: "mine" teaches: "",\n};\n');
  writeFileSync(path("imports-typo.ts"), 'import "./typo.js";\n');
  writeFileSync(path("text.json"), "not JSON");
  const faults = {
    meteor: { kind: "meteor" },
    endless: { kind: "restart", target: 1 },
    stray: { kind: "crash", target: 17 },
  };
  for (const [name, fault] of Object.entries(faults))
    writeFileSync(path(`${name}.json`), JSON.stringify({ ...trial, steps: [{ kind: "fault", atMs: 0, fault }] }));
  writeFileSync(path("crowd.json"), JSON.stringify({ ...trial, cluster: { brokers: 500, controllers: 1 } }));
  writeFileSync(path("unborn.json"), JSON.stringify({ ...trial, seed: -1 }));
  writeFileSync(path("maybe.js"), scriptWith('expect: "maybe", run() {}'));
  writeFileSync(path("meteor.js"), scriptWith('expect: "holds", run(world) { world.inject({ kind: "meteor" }); }'));
  writeFileSync(path("async.js"), scriptWith('expect: "holds", async run(world) { await null; world.run(1); }'));
  writeFileSync(path("other.json"), JSON.stringify({ ...trial, steps: [{ kind: "dance", atMs: 0 }] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a file of the folder, as a process; its output, or what it says is wrong. */
function runFile(file: string): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, [PROGRAM, "run", file], { cwd: folder }, (error, stdout, stderr) =>
      done(error === null ? stdout : stderr),
    );
  });
}

/** What `samsa run NAME --json` prints. */
function resultOf(name: string): Promise<{ readonly digest: string; readonly trial?: unknown }> {
  const args = [PROGRAM, "run", name, "--json"];
  return new Promise((done, fail) => {
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) fail(new Error(stderr));
      else done(JSON.parse(stdout) as Awaited<ReturnType<typeof resultOf>>);
    });
  });
}

test("samsa run trial.json and samsa run kept.ts find the digest of the trial", async () => {
  const { digest } = runTrial(trial);
  expect(await resultOf(path("trial.json"))).toMatchObject({ digest });
  expect(await resultOf(path("kept.ts"))).toMatchObject({ digest });
});

test("what is drawn or stored is told before it is played; with --json it is there as data", async () => {
  expect(await runFile("trial.json")).toContain(
    `What is done (times count from the first record on):\n${describeTrial(trial)}\n`,
  );
  expect((await resultOf("random-6")).trial).toEqual(JSON.parse(JSON.stringify(drawTrial(6))));
  expect((await resultOf(path("kept.ts"))).trial).toBeUndefined();
});

test.each([
  ["missing.json", /^Cannot read .*missing\.json: there is no such file\.$/],
  ["missing.ts", /^Cannot read .*missing\.ts: there is no such file\.$/],
  ["text.json", /text\.json is no trial: it is not JSON\.$/],
  ["other.json", /other\.json is no trial: its step 1 is none that is known\.$/],
  ["meteor.json", /meteor\.json is no trial: no fault is called "meteor"; there are crash, .*\.$/],
  [
    "endless.json",
    /endless\.json is no trial: downMs of the fault "restart" takes a number from 0 up, not undefined\.$/,
  ],
  ["stray.json", /stray\.json is no trial: no node has the id 17; brokers are .*\.$/],
  ["crowd.json", /crowd\.json is no trial: cluster\.brokers takes a whole number from 1 to 100, not 500\.$/],
  ["unborn.json", /unborn\.json is no trial: seed takes a whole number from 0 to 4294967295, not -1\.$/],
  ["maybe.js", /^scenario said: expect is "holds" or .*, not "maybe"$/],
  ["meteor.js", /^no fault is called "meteor"; there are crash/],
  ["async.js", /^the run of said is async; /],
  ["nothing.ts", /nothing\.ts exports no scenario\.$/],
  ["two.ts", /two\.ts exports several scenarios: one, other; make the one to run its default export\.$/],
  ["two.mjs", /two\.mjs exports several scenarios: one, other; make the one to run its default export\.$/],
  ["broken.ts", /broken\.ts cannot be run: it is broken$/],
  ["typo.ts", /typo\.ts cannot be run: .*typo\.ts:2:16: Expected "}" but found "teaches"$/],
  ["imports-typo.ts", /imports-typo\.ts cannot be run: .*\/typo\.ts:2:16: Expected "}" but found "teaches"$/],
])("samsa run %s says in one sentence what is wrong", async (name, sentence) => {
  const failure: unknown = await runCommand.run([path(name)]).catch((error: unknown) => error);
  // Both end the program with exit code 2.
  expect(failure instanceof UsageError || failure instanceof ConfigError, String(failure)).toBe(true);
  expect((failure as Error).message).toMatch(sentence);
});

// TypeScript becomes CommonJS where no package.json says "module": the two kinds find modules in different ways.
test.each([
  ["a package of modules", { type: "module" }],
  ["a package that names no type", {}],
  ["no package", undefined],
])("samsa run: in %s, a scenario imports its neighbours, reads its data, and finds samsa", async (name, manifest) => {
  const place = path(name);
  mkdirSync(place);
  const write = (file: string, text: string): void => writeFileSync(join(place, file), text);
  if (manifest !== undefined) write("package.json", JSON.stringify(manifest));
  write("cluster.ts", "export const cluster = { brokers: 1, controllers: 1 };\n");
  write("data.txt", "from a file");
  const body = `{ name: "mine", read: [], expect: "holds", run: () => {}, `;
  write(
    "whole.ts",
    `import { readFileSync } from "node:fs";
import { scenario } from "samsa";
import { plainestFirst } from "samsa/testing";
import { cluster } from "./cluster.js";
const text = readFileSync(new URL("./data.txt", import.meta.url), "utf8");
export default scenario(${body} cluster, teaches: \`\${typeof plainestFirst} \${text}\` });
`,
  );
  write(
    "alone.ts",
    `import { scenario } from "samsa";
import { plainestFirst } from "samsa/testing";
export const mine = scenario(${body} cluster: { brokers: 1, controllers: 1 }, teaches: typeof plainestFirst });
`,
  );
  const before = readdirSync(place);
  expect(await runFile(join(name, "whole.ts"))).toMatch(/^mine \(seed 1\): function from a file\n/);
  expect(await runFile(join(name, "alone.ts"))).toMatch(/^mine \(seed 1\): function\n/);
  expect(readdirSync(place)).toEqual(before);
});
