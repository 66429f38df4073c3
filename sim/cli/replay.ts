// samsa replay: tells a recorded run again, or makes a page of it.

import { formatStory } from "../report/run-report.js";
import { SeenCounter } from "../report/seen.js";
import { StoryTeller } from "../report/story.js";
import { formatSeen } from "../report/run-report.js";
import { TraceFileError } from "../trace/json-lines.js";
import { readTraceFile, writeReplayPage } from "./files.js";
import { parseOptions } from "./options.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

export const replayCommand: Command = {
  name: "replay",
  summary: "tell a recorded trace again, or make a page of it",
  help: `samsa replay <trace> [options]

Reads a trace written by samsa run --trace and tells its story.

  --html FILE   write the page that replays every message
  --json        the story and the counts as JSON`,
  async run(args) {
    const options = parseOptions("replay", args, { html: { type: "string" }, json: { type: "boolean" } });
    const [path, ...more] = options.positionals;
    if (path === undefined || more.length > 0)
      throw new UsageError("samsa replay takes one trace file, as samsa run --trace writes it.");
    const trace = readTraceFile(path);
    const names = new Map(trace.header.nodes.map(({ id, name }) => [id, name]));
    const story = new StoryTeller((node) => names.get(node) ?? `node ${node}`);
    const seen = new SeenCounter();
    for (const [index, event] of trace.events.entries()) {
      try {
        story.onEvent(event);
        seen.onEvent(event);
      } catch {
        // The run itself told its story of these events by the same words: what is wrong now is the file.
        throw new TraceFileError(`The trace is damaged: line ${index + 2} is no whole ${event.type}.`);
      }
    }
    const htmlPath = options.text("html");
    const page = htmlPath === undefined ? undefined : writeReplayPage(htmlPath, trace);
    const { scenario, seed } = trace.header;
    if (options.flag("json")) {
      const summary = {
        scenario,
        seed,
        events: trace.events.length,
        story: story.lines,
        seen: seen.seen,
        replay: page,
      };
      process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
      return ExitCode.OK;
    }
    process.stdout.write(
      `${scenario}, seed ${seed}: ${trace.events.length} events\n\n${formatStory(story.lines)}\n${formatSeen(seen.seen)}\n`,
    );
    if (page !== undefined) process.stdout.write(`\nReplay: ${page}\n`);
    return ExitCode.OK;
  },
};
