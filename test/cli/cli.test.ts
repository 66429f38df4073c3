// The command line as a user meets it: a process, its output, its exit code.

import { execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";

import { divergeCommand } from "../../sim/cli/diverge.js";
import { listCommand } from "../../sim/cli/list.js";
import { replayCommand } from "../../sim/cli/replay.js";
import { runCommand } from "../../sim/cli/run.js";
import { searchCommand } from "../../sim/cli/search.js";
import { serveCommand } from "../../sim/cli/serve.js";
import { UsageError } from "../../sim/cli/usage.js";
import { TraceFileError } from "../../sim/trace/json-lines.js";
import { PROGRAM } from "../program.js";

const ROOT = join(import.meta.dirname, "../..");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `samsa` with the given arguments to its end. */
function samsa(...args: readonly string[]): Promise<Outcome> {
  return new Promise((done) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd: ROOT, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

/** A mistake of the user as the shell sees it: exit code 2, nothing on the output, one line on the error output. */
async function expectExit2(args: readonly string[], sentence: RegExp): Promise<void> {
  const { code, stdout, stderr } = await samsa(...args);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(sentence);
  expect(stderr.trimEnd().split("\n").length).toBe(1);
}

const COMMANDS = [listCommand, runCommand, searchCommand, replayCommand, divergeCommand, serveCommand];

/** The same mistake inside this process, for the many: the command rejects with one line for the user. */
async function expectUsageError([name, ...args]: readonly string[], sentence: RegExp): Promise<void> {
  const failure: unknown = await COMMANDS.find((command) => command.name === name)!
    .run(args)
    .catch((error) => error);
  expect(failure instanceof UsageError || failure instanceof TraceFileError, String(failure)).toBe(true);
  expect((failure as Error).message).toMatch(sentence);
  expect((failure as Error).message).not.toContain("\n");
}

let folder: string;
let trace: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "samsa-cli-"));
  trace = join(folder, "first.jsonl");
  const { code } = await samsa("run", "first-record", "--trace", trace, "--quiet");
  expect(code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("samsa: without arguments, and with --help, it names its commands", async () => {
  for (const args of [[], ["--help"]]) {
    const { code, stdout } = await samsa(...args);
    expect(code).toBe(0);
    for (const command of ["list", "run", "search", "verify", "replay", "diverge", "serve"])
      expect(stdout).toContain(command);
  }
});

test("samsa help run is samsa run --help, samsa --version the version of the package", async () => {
  expect(await samsa("help", "run")).toEqual(await samsa("run", "--help"));
  await expectExit2(["help", "rnu"], /did you mean samsa run\?/);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  expect(await samsa("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each(["list", "run", "search", "verify", "replay", "diverge", "serve"])(
  "samsa %s --help: names the command and exits 0",
  async (name) => {
    const { code, stdout } = await samsa(name, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`samsa ${name}`);
  },
);

test("samsa list: one scenario a line, in teaching order, then the museum; --json for programs", async () => {
  const { code, stdout } = await samsa("list");
  expect(code).toBe(0);
  const [scenarios = "", museum = "", drawn] = stdout.trimEnd().split("\n\n");
  const lines = scenarios.split("\n");
  expect(lines[0]).toMatch(/^first-record /);
  expect(lines.at(-1)).toMatch(/^flights /);
  expect(stdout).toMatch(/acks-one-loses .*on purpose/);
  const [heading, ...exhibits] = museum.split("\n");
  expect(heading).toMatch(/^The bug museum/);
  expect(exhibits[0]).toMatch(/^\S+ +M1 +/);
  expect(drawn).toMatch(/random-N/);
  const rows = JSON.parse((await samsa("list", "--json")).stdout) as readonly { readonly name: string }[];
  expect(rows.length).toBe(lines.length + exhibits.length);
});

test("samsa run: an exhibit names the rule that is missing; --cured gives it back", async () => {
  const { code, stdout } = await samsa("run", "high-watermark-truncation");
  expect(code).toBe(0);
  expect(stdout).toContain("Without this rule, as before KIP-101");
  expect(stdout).toContain("violated, as expected: committed-never-lost");
  const cured = await samsa("run", "high-watermark-truncation", "--cured");
  expect(cured.code).toBe(0);
  expect(cured.stdout).not.toContain("Without this rule");
  expect(cured.stdout).not.toContain("violated");
});

test("samsa run --json: the result, with its digest, seed and verdicts", async () => {
  const { code, stdout, stderr } = await samsa("run", "leader-failover", "--seed", "7", "--json");
  expect(code).toBe(0);
  expect(stderr).toBe("");
  const result = JSON.parse(stdout) as Record<string, unknown>;
  expect(result).toMatchObject({ scenario: "leader-failover", seed: 7, ok: true, unexpected: [], missing: [] });
  expect(result["digest"]).toMatch(/^[0-9a-f]{16}$/);
  expect(result["verdicts"]).toContainEqual(expect.objectContaining({ checker: "converges", violations: 0 }));
});

test("samsa run: tells the story, every verdict with its claim, what was seen, the digest and the seed", async () => {
  const { code, stdout } = await samsa("run", "leader-failover");
  expect(code).toBe(0);
  expect(stdout).toMatch(/✗ The leader of orders-0 \(broker-\d\) loses power\./);
  expect(stdout).toMatch(/✓ acknowledged-records-survive: Every record/);
  expect(stdout).toMatch(/Seen: 1 fault, 1 leader election,/);
  expect(stdout).toMatch(/s simulated in .* Digest [0-9a-f]{16}, seed 1\./);
});

test("samsa run: a violation that the scenario expects is exit code 0, and is shown", async () => {
  const { code, stdout } = await samsa("run", "acks-one-loses");
  expect(code).toBe(0);
  expect(stdout).toContain("✗ violated, as expected: acknowledged-records-survive");
});

test("samsa run --quiet: silent when everything is as expected", async () => {
  expect(await samsa("run", "acks-one-loses", "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("samsa run --trace, --draws: says where it wrote; the same seed writes the same bytes", async () => {
  const again = join(folder, "again.jsonl.gz");
  const draws = join(folder, "draws.txt");
  const { stdout } = await samsa("run", "first-record", "--trace", again, "--draws", draws);
  expect(stdout).toContain(`Trace: ${again}`);
  expect(stdout).toContain(`Draws: ${draws}`);
  expect(gunzipSync(readFileSync(again)).equals(readFileSync(trace))).toBe(true);
  expect(readFileSync(draws, "utf8")).toMatch(/^\S+ \d+ \d+\n/);
});

test("usage: an unknown scenario or command gets the nearest names", async () => {
  await expectExit2(["run", "leader-failure"], /^No scenario is called "leader-failure"; did you mean leader-failover/);
  const random = /^No scenario is called "random-99999999999"; random-N is drawn from N, .* to 4294967295\.$/;
  await expectUsageError(["run", "random-99999999999"], random);
  await expectExit2(["rnu"], /did you mean samsa run\?/);
});

test("usage: a bad option is one sentence", async () => {
  await expectExit2(["run", "first-record", "--sed", "3"], /has no option --sed; did you mean --seed\?/);
  await expectUsageError(["run", "first-record", "--seed", "many"], /--seed takes a whole number from 0 to/);
  await expectUsageError(["run", "first-record", "--seed"], /seed/);
  await expectUsageError(["run", "first-record", "--seed", "-1"], /^--seed takes a whole number from 0 to .*"-1"\.$/);
  await expectUsageError(["search", "--time", "-5s"], /^--time takes seconds, minutes or hours, .*"-5s"\.$/);
  await expectUsageError(["run", "first-record", "--html", "--json"], /^samsa run: --html needs a value; /);
  await expectUsageError(["run"], /takes the name of a scenario/);
  await expectUsageError(["run", "first-record", "flights"], /takes one scenario/);
  await expectUsageError(["list", "flights"], /takes no names/);
});

test("usage: --cured where there is no bug to switch off is one sentence", async () => {
  await expectUsageError(["run", "acks-one-loses", "--cured"], /^acks-one-loses has no bug that --cured could switch/);
});

test("usage: a file that cannot be written is one sentence", async () => {
  await expectUsageError(["run", "first-record", "-q", "--trace", join(trace, "x.jsonl")], /^Cannot write .*x\.jsonl/);
});

test("usage: a trace that is absent, a folder, empty, truncated, damaged or no trace is one sentence", async () => {
  const text = readFileSync(trace, "utf8");
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  await expectUsageError(["replay", join(folder, "absent.jsonl")], /there is no such file/);
  await expectUsageError(["replay", folder], /it is a folder/);
  await expectUsageError(["replay", file("empty", "")], /The trace is empty/);
  await expectExit2(["replay", file("cut", text.slice(0, text.length >> 1))], /The trace is truncated: line \d+/);
  await expectUsageError(["replay", file("prose", "Once upon a time\n")], /line 1/);
  await expectUsageError(["replay", file("json", '{"a":1}\n')], /This is not a Samsa trace/);
  const lines = text.split("\n");
  await expectUsageError(
    ["replay", file("hole", [...lines.slice(0, 9), "{}", ...lines.slice(9)].join("\n"))],
    /line 10 /,
  );
  const head = (count: number): string => `${lines.slice(0, count).join("\n")}\n`;
  await expectExit2(
    ["replay", file("head", head(20))],
    /The trace is truncated: .* counts \d+ events, and 19 follow it/,
  );
  await expectUsageError(["replay", file("header", head(1))], /The trace is truncated: .* and 0 follow it/);
  const gap = [...lines.slice(0, 9), ...lines.slice(10)].join("\n");
  await expectUsageError(["replay", file("gap", gap)], /before line 10 events are missing/);
  const bare = JSON.parse(lines[9]!) as Readonly<Record<"seq" | "atUs", number>>;
  const fault = JSON.stringify({ seq: bare.seq, atUs: bare.atUs, node: -1, cause: 0, type: "fault.injected" });
  const without = [...lines.slice(0, 9), fault, ...lines.slice(10)].join("\n");
  await expectUsageError(["replay", file("bare", without)], /line 10 is no whole fault\.injected\.$/);
  await samsa("run", "first-record", "-q", "--trace", join(folder, "whole.jsonl.gz"));
  const zipped = readFileSync(join(folder, "whole.jsonl.gz"));
  await expectUsageError(["replay", file("cut.gz", zipped.subarray(0, zipped.length >> 1))], /is truncated/);
});

test("samsa replay: tells the story of the run again", async () => {
  const told = await samsa("run", "first-record");
  const again = await samsa("replay", trace);
  expect(again.code).toBe(0);
  const stories = [told, again].map(({ stdout }) =>
    stdout.split("\n").filter((line) => /^ +\d+\.\d{3} s {2}/.test(line)),
  );
  expect(stories[0]!.length).toBeGreaterThan(5);
  expect(stories[1]).toEqual(stories[0]);
});

test("samsa diverge: 0 for the same trace, 1 and the first difference for another", async () => {
  const same = await samsa("diverge", trace, trace);
  expect(same.code).toBe(0);
  expect(same.stdout).toMatch(/The two are the same: \d+ lines\./);
  const lines = readFileSync(trace, "utf8").split("\n");
  const other = join(folder, "other.jsonl");
  writeFileSync(other, [...lines.slice(0, 20), lines[20]!.replace('"seq":', '"seq": '), ...lines.slice(21)].join("\n"));
  const parted = await samsa("diverge", trace, other);
  expect(parted.code).toBe(1);
  expect(parted.stdout).toMatch(/They part at line 21:/);
  const shorter = join(folder, "shorter.jsonl");
  writeFileSync(shorter, lines.slice(0, 5).join("\n"));
  expect((await samsa("diverge", trace, shorter)).stdout).toMatch(/They part at line 5|line 6/);
});

test("samsa run … | head: a reader that stops early is no error", async () => {
  const outcome = await new Promise<{ readonly code: number | null; readonly stderr: string }>((done) => {
    const child = spawn(process.execPath, [PROGRAM, "run", "first-record", "--json"], { cwd: ROOT });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    child.on("close", (code) => done({ code, stderr }));
  });
  expect(outcome).toEqual({ code: 0, stderr: "" });
});

test.runIf(existsSync("/dev/full"))(
  "samsa list > a full disk: one sentence, and not the code of a violation",
  async () => {
    const full = openSync("/dev/full", "w");
    const outcome = await new Promise<{ readonly code: number | null; readonly stderr: string }>((done) => {
      const child = spawn(process.execPath, [PROGRAM, "list"], { cwd: ROOT, stdio: ["ignore", full, "pipe"] });
      let stderr = "";
      child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("close", (code) => done({ code, stderr }));
    });
    closeSync(full);
    expect(outcome).toEqual({ code: 3, stderr: "Cannot write the output: the disk is full.\n" });
  },
);
