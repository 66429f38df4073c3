// The stories of all scenarios, as people read them, held against the transcripts in this folder.
// A change of behaviour shows as a change of story. SAMSA_UPDATE_GOLDEN=1 writes the transcripts anew, on purpose.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SCENARIOS } from "../../scenarios/index.js";
import { loadDataSet } from "../../sim/cli/files.js";
import { excuseLines } from "../../sim/report/excuses.js";
import { formatSeen, formatStory, formatVerdicts } from "../../sim/report/run-report.js";
import { simulate } from "../../sim/run.js";
import type { Scenario } from "../../sim/world/scenario.js";

const UPDATES = process.env["SAMSA_UPDATE_GOLDEN"] === "1";

/** Seed 1 as text: everything the command line reports that does not depend on the machine. */
function transcriptOf(scenario: Scenario): string {
  const data = scenario.data === undefined ? undefined : loadDataSet(scenario.data);
  const { story, verdicts, expected, excuses, seen, simulatedMs, handledEvents, digest } = simulate(scenario, { data });
  return [
    `${scenario.name} (seed 1): ${scenario.teaches}\n`,
    formatStory(story),
    formatVerdicts(expected, verdicts),
    ...excuseLines(excuses).map((line) => `${line}\n`),
    `${formatSeen(seen)}\n`,
    `${(simulatedMs / 1000).toFixed(3)} s simulated, ${handledEvents} events, digest ${digest}.\n`,
  ].join("\n");
}

test.each(SCENARIOS)("golden: $name", (scenario) => {
  const path = join(import.meta.dirname, `${scenario.name}.txt`);
  const transcript = transcriptOf(scenario);
  if (UPDATES) writeFileSync(path, transcript);
  expect(existsSync(path), `${path} is there; SAMSA_UPDATE_GOLDEN=1 npm test writes it`).toBe(true);
  expect(transcript).toBe(readFileSync(path, "utf8"));
});

test("golden: what the README shows of flights is in its transcript", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, shown] = /```\n( *\d+\.\d+ s  Power fails[\s\S]*?)\n```/.exec(readme) ?? [];
  const lines = shown?.split("\n").filter((line) => !/^( *…|Replay: .*|)$/.test(line)) ?? [];
  expect(lines.length).toBeGreaterThan(6);
  const transcript = readFileSync(join(import.meta.dirname, "flights.txt"), "utf8");
  for (const line of lines) {
    // How fast it was depends on the machine; and a line may be cut short.
    const [, simulated, handled, digest] = /^(.* simulated) in .*\), (.* events)\. Digest (\w+), seed 1\.$/.exec(line) ?? [];
    expect(transcript).toContain(
      simulated === undefined ? line.replace(/ …$/, " ") : `${simulated}, ${handled}, digest ${digest}.`,
    );
  }
});

test("golden: every transcript belongs to a scenario", () => {
  const names = SCENARIOS.map(({ name }) => `${name}.txt`);
  const transcripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".txt"));
  expect(transcripts.filter((name) => !names.includes(name))).toEqual([]);
});
