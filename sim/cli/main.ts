#!/usr/bin/env node
// samsa: the command line.

import { nearestNames } from "../../core/config/definition.js";
import { TraceFileError } from "../trace/json-lines.js";
import { ConfigError } from "../../core/config/definition.js";
import { divergeCommand } from "./diverge.js";
import { samsaVersion } from "./files.js";
import { listCommand } from "./list.js";
import { replayCommand } from "./replay.js";
import { runCommand } from "./run.js";
import { searchCommand } from "./search.js";
import { serveCommand } from "./serve.js";
import { ExitCode, UsageError, type Command } from "./usage.js";
import { verifyCommand } from "./verify.js";

const COMMANDS: readonly Command[] = [
  listCommand,
  runCommand,
  searchCommand,
  verifyCommand,
  replayCommand,
  divergeCommand,
  serveCommand,
];

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "Samsa: Apache Kafka in a jar. One seed, one run, every time.",
    "",
    "  samsa <command> [options]",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "samsa <command> --help tells more. Begin with: samsa run leader-failover",
    "",
  ].join("\n");
}

async function main(args: readonly string[]): Promise<number | undefined> {
  // samsa help run is samsa run --help.
  const [name, ...rest] = args[0] === "help" && args[1] !== undefined ? [args[1], "--help"] : args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    return ExitCode.OK;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${samsaVersion()}\n`);
    return ExitCode.OK;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const nearest = nearestNames(
      name,
      COMMANDS.map((candidate) => candidate.name),
      1,
    )[0];
    throw new UsageError(
      `samsa has no command "${name}"; ${nearest === undefined ? "see samsa --help" : `did you mean samsa ${nearest}?`}`,
    );
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${command.help}\n`);
    return ExitCode.OK;
  }
  return command.run(rest);
}

function isMendable(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof TraceFileError || error instanceof ConfigError;
}

// A reader that closes the pipe early (head, less) has seen enough: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(ExitCode.OK);
  const reason = error.code === "ENOSPC" ? "the disk is full" : (error.code ?? error.message);
  process.stderr.write(`Cannot write the output: ${reason}.\n`);
  process.exit(ExitCode.CRASHED);
});

try {
  const code = await main(process.argv.slice(2));
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  if (isMendable(error)) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = ExitCode.USAGE;
  } else {
    process.stderr.write(
      `Samsa itself failed; this is a bug in it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = ExitCode.CRASHED;
  }
}
