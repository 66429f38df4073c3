// Variants: ways to run a trial that must make no difference to what happens in it.
// A trace is told or not, messages go through the wire format or not, are frozen or not, somebody checks or nobody,
// the process is fresh or has run a thousand others. If two digests differ, something looks at what it should not.

import { execFile } from "node:child_process";
import { simulate, type SimulateOptions } from "../../run.js";
import { trialRunOptions } from "../outcome.js";
import { trialScenario } from "../trial-scenario.js";
import type { Trial } from "../trial.js";
import { processArguments } from "./sources.js";

export interface Variant {
  readonly name: string;
  /** The digest of the trial, run this way; tells every random draw if asked. */
  run(trial: Trial, withDraws?: boolean): Promise<VariantRun>;
}

export interface VariantRun {
  readonly digest: string;
  /** Every random draw in order, a line each, if it was asked for. */
  readonly draws: readonly string[];
}

/** Two variants of a trial that ended differently. */
export interface Difference {
  readonly variants: readonly [Variant, Variant];
  readonly digests: readonly [string, string];
}

function here(name: string, options: SimulateOptions): Variant {
  return { name, run: (trial, withDraws = false) => Promise.resolve(runHere(trial, options, withDraws)) };
}

/** Runs a trial in this process. */
export function runHere(trial: Trial, options: SimulateOptions, withDraws: boolean): VariantRun {
  const draws: string[] = [];
  const { digest } = simulate(trialScenario(trial), {
    ...trialRunOptions(trial),
    ...options,
    ...(withDraws
      ? { onDraw: (stream: string, bound: number, value: number) => void draws.push(`${stream} ${bound} ${value}`) }
      : {}),
  });
  return { digest, draws };
}

/** What a fresh process is told on its standard input. */
export interface FreshRunRequest {
  readonly trial: Trial;
  readonly withDraws: boolean;
}

const IN_A_FRESH_PROCESS: Variant = {
  name: "fresh-process",
  run: (trial, withDraws = false) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        process.execPath,
        processArguments("fresh-run"),
        { maxBuffer: 1 << 28 },
        (error, stdout, stderr) => {
          if (error === null) resolve(JSON.parse(stdout) as VariantRun);
          else reject(new Error(`A fresh process failed: ${stderr}`, { cause: error }));
        },
      );
      const request: FreshRunRequest = { trial, withDraws };
      child.stdin?.end(JSON.stringify(request));
    }),
};

/** The plain one first: the others are compared with it. */
export const VARIANTS: readonly [Variant, ...Variant[]] = [
  here("plain", { wire: "objects" }),
  // First among the others, so that it works on another core while this one does the rest.
  IN_A_FRESH_PROCESS,
  here("again", { wire: "objects" }),
  here("traced", { wire: "objects", trace: true }),
  here("encoded", { wire: "encoded" }),
  here("frozen", { wire: "objects", freeze: true }),
  here("unwatched", { wire: "objects", checkers: false }),
];

/** Runs a trial in every way; the first two that differ, if any do. */
export async function differenceIn(
  trial: Trial,
  variants: readonly [Variant, ...Variant[]] = VARIANTS,
): Promise<Difference | undefined> {
  const runs = await Promise.all(variants.map((variant) => variant.run(trial)));
  const [plain] = runs;
  const at = runs.findIndex(({ digest }) => digest !== plain!.digest);
  if (at < 0) return undefined;
  return { variants: [variants[0], variants[at]!], digests: [plain!.digest, runs[at]!.digest] };
}
