// samsa list: the scenarios that ship, in teaching order.

import { SCENARIOS } from "../../scenarios/index.js";
import { parseOptions } from "./options.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

export const listCommand: Command = {
  name: "list",
  summary: "the scenarios, in teaching order",
  help: `samsa list [--json]

Lists the scenarios in teaching order, each with what it teaches.

  --json   as JSON, for programs`,
  async run(args) {
    const options = parseOptions("list", args, { json: { type: "boolean" } });
    if (options.positionals.length > 0)
      throw new UsageError(`samsa list takes no names; try samsa run ${options.positionals[0]}.`);
    if (options.flag("json")) {
      const rows = SCENARIOS.map(({ name, teaches, read, cluster, expect }) => ({
        name,
        teaches,
        read,
        cluster,
        expect,
      }));
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      return ExitCode.OK;
    }
    const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
    for (const { name, teaches, expect } of SCENARIOS) {
      process.stdout.write(
        `${name.padEnd(width)}  ${teaches}${expect === "holds" ? "" : " (a claim is violated, on purpose)"}\n`,
      );
    }
    return ExitCode.OK;
  },
};
