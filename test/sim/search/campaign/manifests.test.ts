// The manifests keep their side of the contract: shards that cover all seeds once, flags that exist, exit codes that
// mean what they are taken for. Their commands are run by a real shell, with a samsa that only says how it was called.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseSearch } from "../../../../sim/cli/search.js";
import { ExitCode } from "../../../../sim/cli/usage.js";
import { seedAt } from "../../../../sim/search/campaign/plan.js";
import { parseYaml } from "./yaml.js";

const FOLDER = join(import.meta.dirname, "../../../../sim/search/campaign/manifests");

interface Workflow {
  readonly jobs: Readonly<
    Record<
      "search" | "merge",
      {
        readonly if?: string;
        readonly needs?: string;
        readonly strategy: { readonly "fail-fast": boolean; readonly matrix: { readonly shard: readonly number[] } };
        readonly steps: readonly {
          readonly name?: string;
          readonly run?: string;
          readonly uses?: string;
          readonly if?: string;
          readonly with?: Readonly<Record<string, unknown>>;
        }[];
      }
    >
  >;
}

interface Job {
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly backoffLimitPerIndex: number;
    readonly podFailurePolicy: {
      readonly rules: readonly {
        readonly action: string;
        readonly onExitCodes?: {
          readonly containerName: string;
          readonly operator: string;
          readonly values: readonly number[];
        };
      }[];
    };
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly {
          readonly name: string;
          readonly command: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
        }[];
      };
    };
  };
}

const read = <T>(name: string): T => parseYaml(readFileSync(join(FOLDER, name), "utf8")) as T;

let bin: string;
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), "samsa-manifests-"));
  writeFileSync(join(bin, "npx"), '#!/bin/sh\nfor word in "$@"; do echo "$word"; done\n');
  chmodSync(join(bin, "npx"), 0o755);
});
afterAll(() => rmSync(bin, { recursive: true, force: true }));

/** What `npx` is called with when a shell runs the script. */
function callOf(script: string, env: Readonly<Record<string, string>>): readonly string[] {
  const path = `${bin}:${process.env["PATH"] ?? ""}`;
  return execFileSync("sh", ["-c", script], { env: { ...env, PATH: path }, encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

/** Checks that the calls of all shards run each seed of one campaign once: looks at the first hundred rounds. */
function expectWholeCampaign(calls: readonly (readonly string[])[]): void {
  const searches = calls.map(([samsa, search, ...args]) => {
    expect([samsa, search]).toEqual(["samsa", "search"]);
    return parseSearch(args);
  });
  const { campaign } = searches[0]!;
  const rounds = 100;
  const seeds = searches.flatMap((search) => {
    expect(search.campaign).toEqual(campaign);
    expect(search.keepGoing).toBe(true);
    return Array.from({ length: rounds }, (_, position) => seedAt(search.campaign, search.shard, position)!);
  });
  const expected = Array.from({ length: rounds * calls.length }, (_, index) => campaign.firstSeed + index);
  expect(seeds.sort((a, b) => a - b)).toEqual(expected);
  const files = new Set(searches.map(({ resultsFile }) => resultsFile));
  expect(files.size).toBe(calls.length);
}

test("GitHub Actions: the matrix covers the campaign, a red shard stops no other, and all of them are merged", () => {
  const { search, merge } = read<Workflow>("github-actions.yml").jobs;
  const { shard } = search.strategy.matrix;
  const script = search.steps.find(({ name }) => name === "search")!.run!;
  const calls = shard.map((index) =>
    callOf(
      script
        .replaceAll("${{ matrix.shard }}", String(index))
        .replaceAll("${{ strategy.job-total }}", String(shard.length)),
      { GITHUB_RUN_NUMBER: "7" },
    ),
  );
  expectWholeCampaign(calls);
  expect(parseSearch(calls[0]!.slice(2)).campaign.firstSeed).toBe(700_000);
  expect(search.strategy["fail-fast"]).toBe(false);
  const upload = search.steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact@"))!;
  expect(upload.if).toBe("always()");
  expect(calls[0]!.slice(-2)).toEqual(["--out", upload.with!["path"]]);
  expect([merge.needs, merge.if]).toEqual(["search", "always()"]);
  const mergeCall = callOf(merge.steps.find(({ name }) => name === "merge")!.run!, {});
  expect(mergeCall).toEqual(["samsa", "search", "merge", "results/shard-*.jsonl", "--junit", "results/report.xml"]);
});

test("Kubernetes: the indexes cover the campaign; what found something is not run again, what crashed is", () => {
  const { spec } = read<Job>("kubernetes-search.yaml");
  const [container] = spec.template.spec.containers;
  const [shell, flag, script] = container!.command;
  expect([shell, flag]).toEqual(["sh", "-c"]);
  const env = Object.fromEntries(container!.env.map(({ name, value }) => [name, value]));
  const calls = Array.from({ length: spec.completions }, (_, index) =>
    callOf(script!, { ...env, JOB_COMPLETION_INDEX: String(index) }),
  );
  expectWholeCampaign(calls);
  expect(spec.completionMode).toBe("Indexed");
  // Kubernetes takes a policy for failed pods only with this one.
  expect(spec.template.spec.restartPolicy).toBe("Never");
  expect(spec.backoffLimitPerIndex).toBeGreaterThan(0);
  const final = spec.podFailurePolicy.rules.filter(({ onExitCodes }) => onExitCodes !== undefined);
  expect(final).toEqual([
    {
      action: "FailIndex",
      onExitCodes: { containerName: container!.name, operator: "In", values: [ExitCode.VIOLATED, ExitCode.USAGE] },
    },
  ]);
});

test("Kubernetes: the merge reads what the shards wrote", () => {
  const [container] = read<Job>("kubernetes-merge.yaml").spec.template.spec.containers;
  const call = callOf(container!.command[2]!, {});
  expect(call).toEqual(["samsa", "search", "merge", "/results/shard-*.jsonl", "--junit", "/results/report.xml"]);
});
