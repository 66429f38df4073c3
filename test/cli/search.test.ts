// samsa search, search merge and verify as a user meets them: what they write, and their exit codes.

import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { parseSearch, runSearch, searchCommand } from "../../sim/cli/search.js";
import { UsageError } from "../../sim/cli/usage.js";
import { tellDifference, verifyCommand } from "../../sim/cli/verify.js";
import { trialOf } from "../../sim/search/campaign/runner.js";
import { differenceIn, runHere, type Variant } from "../../sim/search/campaign/variants.js";
import type { Trial } from "../../sim/search/trial.js";
import { PROGRAM } from "../program.js";

const ROOT = join(import.meta.dirname, "../..");
const FAKE_RUNNER = new URL("../sim/search/campaign/fake-runner.ts", import.meta.url).href;

let folder: string;
let output: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "samsa-search-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  output = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    output += String(text);
    return true;
  });
  vi.stubEnv("GITHUB_STEP_SUMMARY", "");
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A search with made-up seeds, in this process; returns the exit code. */
function search(odd: string, ...args: readonly string[]): Promise<number> {
  return runSearch(parseSearch(["--workers", "1", ...args]), `${FAKE_RUNNER}?${odd}`);
}

const inFolder = (name: string): string => join(folder, name);

describe("samsa search", () => {
  test("nothing found: exit code 0, the counts of passed and idle, what was seen", async () => {
    expect(await search("idle:3", "--seeds", "8")).toBe(0);
    expect(output).toMatch(/^mixed: 8 seeds, 8\.0 s simulated, 80 events\./);
    expect(output).toMatch(/passed +7 {2}every claim held/);
    expect(output).toMatch(/idle +1 {2}.*: 1 × no election/);
    expect(output).toContain("Seen: 14 faults, 7 leader elections.");
    expect(output).toMatch(/[\d.]+ s, [\d.]+ seeds a second with 1 worker\./);
  });

  test("something found: exit code 1; the story, a trial, a scenario and a replay at the moment", async () => {
    const out = inFolder("found");
    expect(await search("fail:5", "--seeds", "8", "--out", out)).toBe(1);
    expect(output).toMatch(/^Seed 5: 9 steps made 1 in 2 runs/);
    expect(output).toContain(`samsa run ${out}/mixed-5.json`);
    expect(output).toMatch(/mixed: 5 seeds/);
    expect(output).toContain("✗ some-claim: 1 seed (5)\n    Seed 5 broke it.\n    samsa search --first 5 --seeds 1\n");
    const trial = JSON.parse(readFileSync(join(out, "mixed-5.json"), "utf8")) as Trial;
    expect(trial).toMatchObject({ seed: 5, steps: [{ kind: "fault", atMs: 5 }] });
    expect(readFileSync(join(out, "mixed-5.ts"), "utf8")).toContain('from "samsa"');
    expect(output).toMatch(/Replay: (file:\/\/.*mixed-5\.html#t=\d+|The replay page is not built)/);
  });

  test("--json: the report and what was found, and nothing else", async () => {
    expect(await search("fail:2,fail:4", "--seeds", "5", "--keep-going", "--json", "--out", inFolder("json"))).toBe(1);
    const report = JSON.parse(output) as Record<string, unknown>;
    expect(report).toMatchObject({
      counts: { passed: 3, failed: 2 },
      findings: [{ signature: "some-claim", seeds: [2, 4] }],
      found: [{ seed: 2, stepsBefore: 9, runs: 2 }],
      complete: true,
      exitCode: 1,
    });
  });

  test("a seed that ends its thread is told with its drawn trial, and is not run here", async () => {
    const out = inFolder("exit");
    expect(await search("exit:3", "--seeds", "4", "--out", out)).toBe(1);
    expect(output).toContain("Its thread ended with exit code 7.");
    const trial = JSON.parse(readFileSync(join(out, "mixed-3.json"), "utf8")) as Trial;
    expect(trial).toEqual(JSON.parse(JSON.stringify(trialOf({ profile: "mixed", bugs: [] }, 3))));
  });

  test("--junit: where it cannot be written, that is said before the search, and where it can, nothing is lost", async () => {
    const out = inFolder("early");
    const junit = inFolder("early.xml");
    writeFileSync(junit, "the report before");
    await expect(search("", "--junit", join(junit, "x.xml"), "--out", out)).rejects.toThrow(/^Cannot write .*x\.xml: /);
    expect(existsSync(out)).toBe(false);
    await expect(search("", "--junit", junit, "--out", join(junit, "out"))).rejects.toThrow(UsageError);
    expect(readFileSync(junit, "utf8")).toBe("the report before");
  });

  test("--junit, and GITHUB_STEP_SUMMARY: the report where CI looks for it", async () => {
    const page = inFolder("summary.md");
    vi.stubEnv("GITHUB_STEP_SUMMARY", page);
    writeFileSync(page, "before\n");
    const junit = inFolder("junit.xml");
    expect(await search("fail:2", "--seeds", "3", "--junit", junit, "--out", inFolder("ci"))).toBe(1);
    expect(readFileSync(junit, "utf8")).toContain(
      '<testcase classname="samsa search mixed" name="some-claim"><failure',
    );
    expect(readFileSync(page, "utf8")).toMatch(/^before\n### samsa search: mixed\n[\s\S]*\| some-claim \| 1: 2 \|/);
  });

  test("a file that was torn is gone on with, and ends like one that was not", async () => {
    const [whole, torn] = [inFolder("whole.jsonl"), inFolder("torn.jsonl")];
    expect(await search("idle:4", "--seeds", "9", "--out", whole)).toBe(0);
    const text = readFileSync(whole, "utf8");
    for (const length of [10, text.indexOf("\n") + 1, text.length >> 1, text.length - 3, text.length]) {
      writeFileSync(torn, text.slice(0, length));
      expect(await search("idle:4", "--seeds", "9", "--out", torn)).toBe(0);
      expect(readFileSync(torn, "utf8")).toBe(text);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  test("--steer: a finding among neighbours is told with its line of seeds, which runs it again", async () => {
    const out = inFolder("steered");
    expect(await search("news,fail:30", "--seeds", "40", "--steer", "--out", out)).toBe(1);
    const [, line] = /samsa search --first 30 --seeds 1 --bred-from ([\d,]+)\n/.exec(output)!;
    expect(output).toContain(`samsa run ${out}/mixed-bred-30.json`);
    expect(output).toMatch(/^Reached: \d+ pairs, 0 of \d+ rare branches\.$/m);
    const again = inFolder("bred.jsonl");
    expect(await search("fail:30", "--first", "30", "--seeds", "1", "--bred-from", line!, "--out", again)).toBe(1);
    expect(readFileSync(again, "utf8")).toContain(`"seed":30,"bredFrom":[${line}],"kind":"failed"`);
  });

  test("results of another search are left alone: exit code 2", async () => {
    const path = inFolder("other.jsonl");
    expect(await search("", "--seeds", "3", "--out", path)).toBe(0);
    const text = readFileSync(path, "utf8");
    await expect(search("", "--seeds", "4", "--out", path)).rejects.toThrow(/another search: it has 3 seeds, not 4;/);
    await expect(search("", "--seeds", "3", "--shard", "1/2", "--out", path)).rejects.toThrow(/shard 1\/1, not 1\/2/);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("--time: ends when the time is over, which is an end", async () => {
    expect(await search("", "--time", "1s", "--out", inFolder("timed.jsonl"))).toBe(0);
    expect(readFileSync(inFolder("timed.jsonl"), "utf8")).toMatch(/\n\{"ended":"time"\}\n$/);
  });
});

describe("samsa search merge", () => {
  async function shards(name: string, odd: string): Promise<readonly string[]> {
    const out = inFolder(name);
    for (const index of [1, 2, 3])
      await search(odd, "--seeds", "10", "--keep-going", "--shard", `${index}/3`, "--out", out);
    output = "";
    return [1, 2, 3].map((index) => join(out, `shard-${index}-of-3.jsonl`));
  }

  test("adds up the shards in any order and names what is missing: exit codes 0, 1 and 3", async () => {
    const [one, two, three] = await shards("merge-clean", "");
    expect(await searchCommand.run(["merge", one!, two!, three!])).toBe(0);
    expect(output).toMatch(/^mixed: 10 seeds/);
    const inOrder = output;
    output = "";
    expect(await searchCommand.run(["merge", three!, one!, two!, one!])).toBe(0);
    expect(output).toBe(inOrder);
    output = "";
    expect(await searchCommand.run(["merge", three!, one!])).toBe(3);
    expect(output).toContain("! Shard 2 of 3 is missing.");
    const [bad, ...rest] = await shards("merge-found", "fail:5,fail:7");
    expect(await searchCommand.run(["merge", bad!, ...rest, "--json"])).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ findings: [{ seeds: [5, 7] }], exitCode: 1 });
  });

  test("files that are no results, or of another search, are one sentence", async () => {
    const [one] = await shards("merge-wrong", "");
    const other = inFolder("merge-other.jsonl");
    await search("", "--seeds", "4", "--out", other);
    const merge = (...args: readonly string[]): Promise<unknown> => searchCommand.run(["merge", ...args]);
    await expect(merge()).rejects.toThrow(/^samsa search merge takes the results of shards/);
    await expect(merge(one!, inFolder("none.jsonl"))).rejects.toThrow(/there is no such file/);
    await expect(merge(one!, other)).rejects.toThrow(/is of another search than .*: it has 4 seeds, not 10\.$/);
    writeFileSync(inFolder("prose.jsonl"), "Once upon a time\n");
    await expect(merge(inFolder("prose.jsonl"))).rejects.toThrow(/line 1: this is not a line of samsa search/);
    writeFileSync(inFolder("empty.jsonl"), "");
    await expect(merge(inFolder("empty.jsonl"))).rejects.toThrow(/^There are no results in/);
  });
});

test("usage: what makes no sense is one sentence", async () => {
  const bad: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [["--seeds", "many"], /^--seeds takes a whole number from 1 to/],
    [["--seeds", "0"], /^--seeds takes a whole number/],
    [["--first", "4294967295", "--seeds", "2"], /^--seeds takes a whole number from 1 to 1,/],
    [["--time", "60"], /^--time takes seconds, minutes or hours/],
    [["--time", "0s"], /^--time takes seconds/],
    [["--shard", "3/2"], /^--shard takes a number of how many/],
    [["--shard", "0/2"], /^--shard takes/],
    [["--shard", "two"], /^--shard takes/],
    [["--workers", "0"], /^--workers takes a whole number from 1/],
    [["--profile", "mixd"], /^No profile is called "mixd"; did you mean mixed\?/],
    [["--bug", "truncate-to-high-watermrk"], /did you mean truncate-to-high-watermark/],
    [["--sed", "3"], /has no option --sed; did you mean --seeds\?|did you mean/],
    [["mixed"], /takes options only/],
    [["--bred-from", "3,x"], /^--bred-from takes seeds separated by commas/],
    [["--bred-from", ""], /^--bred-from has an empty value; give one, or leave the option out\.$/],
    [["--bred-from", "3", "--steer"], /^A search is steered, or bred from a trial/],
  ];
  for (const [args, sentence] of bad) {
    expect(() => parseSearch(args), args.join(" ")).toThrow(UsageError);
    expect(() => parseSearch(args), args.join(" ")).toThrow(sentence);
  }
  await expect(verifyCommand.run(["7"])).rejects.toThrow(/^samsa verify takes options only/);
  await expect(verifyCommand.run(["--seeds", "x"])).rejects.toThrow(/^--seeds takes/);
});

describe("verify", () => {
  const short = (seed: number): Trial => {
    const { steps, ...trial } = trialOf({ profile: "mixed", bugs: [] }, seed);
    return { ...trial, durationMs: 3000, load: { ...trial.load, records: 20 }, steps: steps.slice(0, 1) };
  };

  test("a trial is one run in every way, a fresh process among them", async () => {
    expect(await differenceIn(short(3))).toBeUndefined();
  });

  test("a way that makes a difference is found, and both are written down for samsa diverge", async () => {
    const plain: Variant = { name: "plain", run: async (trial, withDraws = false) => runHere(trial, {}, withDraws) };
    const odd: Variant = {
      name: "odd",
      run: async (trial, withDraws = false) => runHere({ ...trial, seed: trial.seed + 1 }, {}, withDraws),
    };
    const difference = await differenceIn(short(3), [plain, plain, odd]);
    expect(difference?.variants.map(({ name }) => name)).toEqual(["plain", "odd"]);
    const told = await tellDifference(short(3), difference!, folder);
    const [, a, b] = /samsa diverge (\S+) (\S+)/.exec(told)!;
    expect(readFileSync(a!, "utf8")).not.toBe(readFileSync(b!, "utf8"));
    expect(told).toMatch(/^Seed 3 is two runs: plain ends with [0-9a-f]{16}, odd with [0-9a-f]{16}\./);
  });
});

describe("as a process, with real trials", () => {
  function samsa(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
    return new Promise((done) => {
      execFile(process.execPath, [PROGRAM, ...args], { cwd: ROOT, maxBuffer: 1 << 28 }, (error, stdout) => {
        done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout });
      });
    });
  }

  test("the results are the same bytes with one worker and with two", async () => {
    const args = ["search", "--profile", "quorum", "--seeds", "3", "--keep-going"];
    const one = await samsa(...args, "--workers", "1", "--out", inFolder("one.jsonl"));
    const two = await samsa(...args, "--workers", "2", "--out", inFolder("two.jsonl"));
    expect(one.code).toBe(two.code);
    const text = readFileSync(inFolder("one.jsonl"), "utf8");
    expect(text.split("\n").length).toBe(6);
    expect(readFileSync(inFolder("two.jsonl"), "utf8")).toBe(text);
  });

  test("told to stop, it finishes what is running, exits with 3, and can be gone on with", async () => {
    const path = inFolder("stopped.jsonl");
    const args = ["search", "--profile", "quorum", "--keep-going", "--workers", "1", "--out", path];
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = new Promise<number | null>((done) => child.once("exit", done));
    await vi.waitFor(() => expect(readFileSync(path, "utf8")).toMatch(/\n\{"seed":1,/), { timeout: 100_000 });
    child.kill("SIGTERM");
    expect(await ended).toBe(3);
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(/\}\n$/);
    expect(text).not.toContain('"ended"');
    const { code, stdout } = await samsa("search", "merge", path);
    expect(code).toBe(3);
    expect(stdout).toMatch(/! The search did not come to its end: \d+ seeds missing/);
  });
});
