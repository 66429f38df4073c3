// What the museum costs while it is closed: the program as it is, against a copy in which every switch reads "off" for
// good, so that the engine can forget it. Both run in one process, trial by trial in turns.

import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, type Measurement } from "./measurement.js";

/** Reads of a switch, as they are compiled: `this.#env.bugs["name"]`, `bugs["name"]`, `inputs.bugs["name"]`. */
const READ = /(?:[\w$]+\.|this\.|#[\w$]+\.)*bugs\["[a-z0-9-]+"\]/g;

/** Where the compiled program is: the folder above test/. */
const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Copies the program without switches; returns its folder and how many reads there were. */
function withoutSwitches(): { readonly folder: string; readonly reads: number } {
  const folder = `${PROGRAM}-without-switches`;
  rmSync(folder, { recursive: true, force: true });
  cpSync(PROGRAM, folder, { recursive: true });
  let reads = 0;
  const core = join(folder, "core");
  for (const name of readdirSync(core, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".js")) continue;
    const path = join(core, name);
    const source = readFileSync(path, "utf8");
    const stripped = source.replace(READ, () => {
      reads++;
      return "false";
    });
    if (stripped !== source) writeFileSync(path, stripped);
  }
  return { folder, reads };
}

export function switchesBench(): readonly Measurement[] {
  const { folder, reads } = withoutSwitches();
  const run = join(PROGRAM, "test/bench/switches-run.js");
  const ratios = JSON.parse(execFileSync(process.execPath, [run, PROGRAM, folder], { encoding: "utf8" })) as number[];
  const value = median(ratios);
  return [
    {
      name: "all museum switches present but off, against none",
      value,
      unit: "times the time",
      promised: "0.98 to 1.02",
      met: value >= 0.98 && value <= 1.02,
      detail: `median of ${ratios.length} pairs, ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}; ${reads} reads of switches`,
    },
  ];
}
