// samsa diverge: where two runs that should be the same part.

import { readText } from "./files.js";
import { parseOptions } from "./options.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

const CONTEXT_LINES = 3;

export const divergeCommand: Command = {
  name: "diverge",
  summary: "find the first line in which two traces or draw logs differ",
  help: `samsa diverge <A> <B>

Compares two files line by line (traces of samsa run --trace, or draw logs of samsa run --draws)
and shows the first difference with what came before it.

Exit code: 0 they are the same, 1 they differ, 2 wrong usage.`,
  async run(args) {
    const options = parseOptions("diverge", args, {});
    const [first, second, ...more] = options.positionals;
    if (first === undefined || second === undefined || more.length > 0) {
      throw new UsageError("samsa diverge takes two files: two traces, or two draw logs.");
    }
    const a = readText(first).split("\n");
    const b = readText(second).split("\n");
    const at = a.findIndex((line, index) => line !== b[index]);
    const index = at >= 0 ? at : a.length < b.length ? a.length : -1;
    if (index < 0) {
      process.stdout.write(`The two are the same: ${a.length - 1} lines.\n`);
      return ExitCode.OK;
    }
    process.stdout.write(`They part at line ${index + 1}:\n`);
    for (const line of a.slice(Math.max(0, index - CONTEXT_LINES), index)) process.stdout.write(`    ${line}\n`);
    process.stdout.write(`  A ${a[index] ?? "(ends here)"}\n  B ${b[index] ?? "(ends here)"}\n`);
    return ExitCode.VIOLATED;
  },
};
