// samsa list: the scenarios that ship, in teaching order, and the museum of historic bugs.

import { SCENARIOS } from "../../scenarios/index.js";
import { exhibitOf, MUSEUM } from "../../scenarios/museum/index.js";
import { parseOptions } from "./options.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

export const listCommand: Command = {
  name: "list",
  summary: "the scenarios, in teaching order",
  help: `samsa list [--json]

Lists the scenarios in teaching order, each with what it teaches; then the exhibits of the bug museum.

  --json   as JSON, for programs`,
  async run(args) {
    const options = parseOptions("list", args, { json: { type: "boolean" } });
    if (options.positionals.length > 0)
      throw new UsageError(`samsa list takes no names; try samsa run ${options.positionals[0]}.`);
    if (options.flag("json")) {
      const rows = [...SCENARIOS, ...MUSEUM].map(({ name, teaches, read, cluster, expect, bugs = [] }) => ({
        name,
        teaches,
        read,
        cluster,
        expect,
        bugs,
      }));
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      return ExitCode.OK;
    }
    const width = Math.max(...[...SCENARIOS, ...MUSEUM].map(({ name }) => name.length));
    const lines = SCENARIOS.map(
      ({ name, teaches, expect }) =>
        `${name.padEnd(width)}  ${teaches}${expect === "holds" ? "" : " (a claim is violated, on purpose)"}`,
    );
    const exhibits = MUSEUM.map(
      (scenario) => `${scenario.name.padEnd(width)}  ${exhibitOf(scenario).padEnd(3)}  ${scenario.teaches}`,
    );
    const heading = ["", "The bug museum: bugs Kafka once had, each with its rule taken away; --cured gives it back."];
    const drawn = ["", "And random-N, which is drawn from the number N and scripted by nobody: samsa run random-42."];
    process.stdout.write(`${[...lines, ...heading, ...exhibits, ...drawn].join("\n")}\n`);
    return ExitCode.OK;
  },
};
