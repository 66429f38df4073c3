// Scenario source: a trial as a TypeScript scenario file: a straight line of the words of a script, for people to
// read, run, change and keep. Running it does what the trial does, event for event: the digests are the same.

import type { Occasion } from "../world/occasions.js";
import type { Scenario } from "../world/scenario.js";
import { describeRelease, describeStep } from "./describe-step.js";
import { identifier, literal, numeral, WIDTH } from "./source-literal.js";
import { endOccasionOf, lastsMs, timelineOf, type Beat, type EndingStep } from "./timeline.js";
import { demandsOf, loadedTopic } from "./trial-scenario.js";
import type { Step, Trial, TrialConsumer } from "./trial.js";

export interface SourceOptions {
  /** Kebab-case; the name of the scenario. */
  readonly name: string;
  readonly teaches: string;
  readonly expect: Scenario["expect"];
  /** What the header comment says besides: how it was found. */
  readonly about?: string;
}

/** The text of the file. It imports from "samsa" alone and exports the scenario by its name in camel case. */
export function scenarioSource(trial: Trial, options: SourceOptions): string {
  return new Writer(trial).file(options);
}

/** Without settings, if there are none. */
function withoutEmpty<T extends { readonly config?: object }>(options: T): Omit<T, "config"> {
  const { config, ...rest } = options;
  return config === undefined || Object.keys(config).length > 0 ? options : rest;
}

const STANDING_NAMES: Readonly<Record<string, string>> = {
  "power-loss": "powerLoss",
  isolate: "isolation",
  partition: "cut",
  "wipe-disk": "wipe",
  pause: "stop",
};

/** How far in the body of `run` is. */
const BODY = 4;

class Writer {
  readonly #trial: Trial;
  readonly #lines: string[] = [];
  /** Names that are taken, each once. */
  readonly #taken = new Set(["awaitDelivery", "scenario", "steadyLoad", "world", "load", "topics", "consumer"]);
  readonly #clients = new Map<string, string>();
  /** Consumers made so far, in order. */
  readonly #joined: string[] = [];
  readonly #standing = new Map<number, string>();
  /** How much deeper than the body of `run` the present line is. */
  #depth = 0;

  constructor(trial: Trial) {
    this.#trial = trial;
  }

  file({ name, teaches, expect, about }: SourceOptions): string {
    const { seed, wire, cluster, bugs, buggify, consumers } = this.#trial;
    this.#taken.add(identifier(name));
    const imports = [...(consumers.length > 0 ? ["awaitDelivery"] : []), "scenario", "steadyLoad"];
    this.#body();
    return [
      `// ${teaches}`,
      ...(about === undefined ? [] : about.split("\n").map((line) => `// ${line}`)),
      ...(wire === "encoded" ? ["// It was found with every message encoded: samsa run --wire."] : []),
      "",
      `import { ${imports.join(", ")} } from "samsa";`,
      "",
      `export const ${identifier(name)} = scenario({`,
      this.#field("name", name),
      this.#field("teaches", teaches),
      "  read: [],",
      this.#field("seed", seed),
      this.#field("cluster", withoutEmpty(cluster)),
      this.#field("expect", expect),
      ...(bugs.length === 0 ? [] : [this.#field("bugs", bugs)]),
      ...(buggify.length === 0 ? [] : [this.#field("buggify", buggify)]),
      `  excusesUnpromised: ${this.#trial.excusesUnpromised ?? true},`,
      "  run(world) {",
      ...this.#lines.map((line) => (line === "" ? "" : `    ${line}`)),
      "  },",
      "});",
      "",
    ].join("\n");
  }

  #field(name: string, value: unknown): string {
    // Seeds are not amounts: no thousands set apart.
    return `  ${name}: ${name === "seed" ? String(value) : literal(value, 2, name.length + 4)},`;
  }

  /** A line that ends in a literal, then `after`. */
  #say(before: string, value: unknown, after = ");"): void {
    const indent = BODY + this.#depth;
    const text = `${before}${literal(value, indent, indent - 1 + before.length + after.length)}${after}`;
    if (typeof value === "string" && indent + text.length > WIDTH) {
      this.#lines.push(before, `  ${literal(value, indent + 2, indent + 2)},`, after);
      return;
    }
    // The literal's own lines are indented already.
    const [first, ...rest] = text.split("\n");
    this.#lines.push(first ?? "", ...rest.map((line) => line.slice(indent)));
  }

  /** What is done at an occasion: the lines that `tell` adds. */
  #once(occasion: Occasion, tell: () => void): void {
    const head = `world.once(${literal(occasion, BODY, BODY)}, () => {`;
    const from = this.#lines.length;
    this.#depth += 2;
    tell();
    this.#depth -= 2;
    const told = this.#lines.splice(from).map((line) => `  ${line}`);
    this.#lines.push(head, ...told, "});");
  }

  #name(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
    this.#taken.add(name);
    return name;
  }

  #body(): void {
    const { topics, producers, consumers, load, durationMs } = this.#trial;
    for (const { topic, ...options } of topics)
      this.#say(`world.createTopic(${JSON.stringify(topic)}, `, withoutEmpty(options));
    for (const { name, config } of producers) {
      const variable = this.#client(name);
      const isPlain = Object.keys(config).length === 0;
      if (isPlain) this.#lines.push(`const ${variable} = world.producer(${JSON.stringify(name)});`);
      else this.#say(`const ${variable} = world.producer(${JSON.stringify(name)}, `, config);
    }
    for (const consumer of consumers) if ((consumer.startsAtMs ?? 0) <= 0) this.#join(consumer);
    const names = producers.map(({ name }) => this.#clients.get(name)).join(", ");
    this.#say("const topics = ", topics.map(loadedTopic), ";");
    this.#say(`const load = steadyLoad(world, [${names}], topics, `, load);
    let nowMs = -1;
    for (const beat of timelineOf(this.#trial)) {
      if (beat.atMs !== nowMs) this.#lines.push("", `load.until(${numeral(beat.atMs)});`);
      nowMs = beat.atMs;
      this.#perform(beat);
    }
    if (durationMs !== nowMs) this.#lines.push("", `load.until(${numeral(durationMs)});`);
    this.#lines.push("", "world.heal();");
    for (const { members, topics } of demandsOf(this.#trial).values()) {
      const all = members.filter((name) => this.#joined.includes(name)).map((name) => this.#clients.get(name));
      this.#say(`awaitDelivery(world, [${all.join(", ")}], `, topics);
    }
  }

  #client(name: string): string {
    const variable = this.#name(identifier(name));
    this.#clients.set(name, variable);
    return variable;
  }

  #join({ name, group, topics, config, commits, workMs = 0 }: TrialConsumer): void {
    const variable = this.#client(name);
    this.#joined.push(name);
    const automatic = commits === "automatically";
    this.#lines.push(`const ${variable} = world.consumer(${JSON.stringify(name)}, {`);
    this.#lines.push(`  group: ${JSON.stringify(group)},`, `  topics: ${literal(topics, 6, 15)},`);
    const text = literal({ ...config, "enable.auto.commit": automatic }, 6, 15).split("\n");
    const [first, ...rest] = text;
    this.#lines.push(`  config: ${first}`, ...rest.map((line) => line.slice(4)));
    this.#lines[this.#lines.length - 1] += ",";
    this.#lines.push("  keepReceived: false,");
    if (workMs > 0) this.#lines.push(`  workMs: ${numeral(workMs)},`);
    if (!automatic) this.#lines.push("  onPolled: (consumer) => consumer.commit(),");
    this.#lines.push("});");
  }

  #perform(beat: Beat): void {
    switch (beat.kind) {
      case "join":
        return this.#join(beat.consumer);
      case "begin":
        return this.#begin(beat.step, beat.index);
      case "await-begin":
        return this.#once(beat.occasion, () => this.#beginAtOccasion(beat.step));
      case "end":
        return this.#end(beat.step, beat.index, endOccasionOf(beat.step) === undefined);
      case "await-end":
        return this.#once(beat.occasion, () => this.#end(beat.step, beat.index, true));
    }
  }

  #end(step: EndingStep, index: number, isTold: boolean): void {
    const variable = this.#standing.get(index);
    if (isTold && step.kind === "hold") this.#say("world.note(", describeRelease(step));
    this.#lines.push(step.kind === "hold" ? `${variable}.release();` : `${variable}.heal();`);
  }

  #beginAtOccasion(step: Step): void {
    const forMs = step.kind === "fault" ? lastsMs(step) : undefined;
    if (step.kind === "fault" && forMs !== undefined) this.#say(`world.injectFor(${numeral(forMs)}, `, step.fault);
    else this.#begin(step, undefined);
  }

  #begin(step: Step, index: number | undefined): void {
    if (step.kind !== "fault") this.#say("world.note(", describeStep(step));
    switch (step.kind) {
      case "fault":
        this.#say(
          `${this.#stand(index, STANDING_NAMES[step.fault.kind] ?? identifier(step.fault.kind))}world.inject(`,
          step.fault,
        );
        break;
      case "hold": {
        const { api, message, from, to, first } = step;
        this.#say(`${this.#stand(index, "hold")}world.hold(`, { api, kind: message, first, from, to });
        break;
      }
      case "admin":
        this.#say("world.request(", step.change);
        break;
      case "burst":
        this.#lines.push(`load.burst(${numeral(step.records)});`);
        break;
      case "ask-end-offsets":
        for (const name of this.#joined) {
          const variable = this.#clients.get(name);
          this.#lines.push(`if (world.isUp(${variable}.nodeId)) ${variable}.askEndOffsets();`);
        }
        break;
      case "seek": {
        const variable = this.#joined.includes(step.consumer) ? this.#clients.get(step.consumer) : undefined;
        const where = `${JSON.stringify(step.topic)}, ${step.partition}`;
        if (variable !== undefined)
          this.#lines.push(
            `if ((${variable}.position(${where}) ?? -1) > ${step.offset}) ${variable}.seek(${where}, ${step.offset});`,
          );
        break;
      }
    }
  }

  /** A variable for what stands, if the timeline ends it. */
  #stand(index: number | undefined, wanted: string): string {
    const ends = timelineOf(this.#trial).some(
      (beat) => (beat.kind === "end" || beat.kind === "await-end") && beat.index === index,
    );
    if (!ends || index === undefined) return "";
    const variable = this.#name(wanted);
    this.#standing.set(index, variable);
    return `const ${variable} = `;
  }
}
