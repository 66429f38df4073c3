// A run that does not go as its scenario expects: the report names the claim, the seed and the command that shows it
// again, and the exit code is 1. No scenario that ships fails, so two are given the wrong expectation here.

import { afterEach, expect, test, vi } from "vitest";
import { runCommand } from "../../sim/cli/run.js";

vi.mock("../../scenarios/index.js", async (original) => {
  const { SCENARIOS } = await original<typeof import("../../scenarios/index.js")>();
  const named = (name: string) => SCENARIOS.find((scenario) => scenario.name === name)!;
  return {
    SCENARIOS: [
      { ...named("acks-one-loses"), expect: { violates: "no-duplicates" } },
      { ...named("first-record"), expect: { violates: "no-duplicates" } },
      { ...named("min-isr"), run: () => void [].at(0)!["of nothing"] },
    ],
  };
});

afterEach(() => vi.restoreAllMocks());

/** Runs the command in this process; returns what it said and its exit code. */
async function run(...args: readonly string[]): Promise<{ readonly code: number | undefined; readonly said: string }> {
  let said = "";
  const write = (text: string | Uint8Array): boolean => {
    said += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(write);
  vi.spyOn(process.stderr, "write").mockImplementation(write);
  return { code: await runCommand.run(args), said };
}

test("a violated claim: exit 1, the claim, what was seen, the seed and the command, quiet or not", async () => {
  for (const flags of [["--quiet"], []]) {
    const { code, said } = await run("acks-one-loses", "--seed", "3", ...flags);
    expect(code).toBe(1);
    expect(said).toMatch(/✗ VIOLATED: acknowledged-records-survive: Every record .*\n {4}\S/);
    expect(said).toContain("Not as expected: violated: acknowledged-records-survive");
    expect(said).toContain("samsa run acks-one-loses --seed 3 --html replay.html");
  }
});

test("the command that shows it again names --wire if the run had it", async () => {
  const { said } = await run("acks-one-loses", "--wire", "--quiet");
  expect(said).toContain("samsa run acks-one-loses --seed 1 --wire --html replay.html");
});

test("a violation that should have happened and did not: exit 1", async () => {
  const { code, said } = await run("first-record", "--quiet");
  expect(code).toBe(1);
  expect(said).toContain("✗ should have been violated: no-duplicates");
  expect(said).toContain("not violated although expected: no-duplicates");
});

test("--json: exit 1, ok false, and the names", async () => {
  const { code, said } = await run("acks-one-loses", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(said)).toMatchObject({
    ok: false,
    unexpected: expect.arrayContaining(["acknowledged-records-survive"]),
  });
});

test("a script that breaks: exit 1, the failure, and where it came from", async () => {
  const { code, said } = await run("min-isr", "--quiet");
  expect(code).toBe(1);
  expect(said).toMatch(/Not as expected: Cannot read properties of undefined/);
  expect(said).toMatch(/violation\.test\.ts/);
});
