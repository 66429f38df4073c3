// The package as somebody else installs it: `tsx test/package/check.ts`.
// Packs the project as it is built in dist/, installs the tarball in an empty folder and uses it there: the command
// line, the replay page, the library from JavaScript and from TypeScript.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "samsa-package-"));

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** Fails the script unless the fact holds. */
function check(holds: boolean, fact: string): void {
  console.log(`${holds ? "ok  " : "FAIL"} ${fact}`);
  if (!holds) process.exitCode = 1;
}

const SCRIPT = `
import { simulate, scenario } from "samsa";
import { SCENARIOS } from "samsa/scenarios";
const mine = scenario({
  name: "mine",
  teaches: "A record survives the crash of its leader.",
  read: [],
  cluster: { brokers: 3, controllers: 1 },
  expect: "holds",
  run(world) {
    world.createTopic("orders", { partitions: 1, replicationFactor: 3 });
    const sent = world.producer("shop").send("orders", { value: "order 1" });
    world.until("it is acknowledged", () => sent.state === "acknowledged");
    world.inject({ kind: "crash", target: { role: "leader", topic: "orders", partition: 0 } });
  },
});
const result = simulate(mine, { seed: 42 });
console.log(JSON.stringify({ ok: result.ok, digest: result.digest, scenarios: SCENARIOS.length }));
`;

const PROPERTY = `
import fc from "fast-check";
import { clusters, simulate, trials } from "samsa/testing";
const trial = trials({ cluster: { brokers: [3, 5] }, workload: { records: 5 }, faults: { kinds: ["crash"], maxFaults: 1 } });
const report = fc.check(fc.property(trial, (each) => simulate(each).ok), { seed: 1, numRuns: 3 });
const drawn = fc.sample(clusters(), 1).length;
console.log(JSON.stringify({ failed: report.failed, runs: report.numRuns, drawn }));
`;

/** The program with what it prints exported instead: the console is unknown without @types/node. */
function asModule(program: string): string {
  return program.replace("console.log", "export const text: string = (").replace(/;\n$/, ");\n");
}

try {
  run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], ROOT);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  const files = run("tar", ["tzf", tarball]).trimEnd().split("\n");
  const strange = files.filter((file) => !/^package\/(dist\/|package\.json|README\.md|LICENSE)/.test(file));
  check(strange.length === 0, `the tarball holds dist/ and its papers only ${strange.join(" ")}`);
  console.log(`     ${files.length} files, ${statSync(join(folder, tarball)).size >> 10} KiB`);

  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", `./${tarball}`]);

  check(run("npx", ["samsa", "list"]).startsWith("first-record "), "npx samsa list names the scenarios");
  const told = run("npx", ["samsa", "run", "leader-failover", "--html", "x.html"]);
  check(told.includes("✓ acknowledged-records-survive"), "npx samsa run leader-failover holds");
  check(existsSync(join(folder, "x.html")), "it wrote the replay page");
  const page = readFileSync(join(folder, "x.html"), "utf8");
  check(/id="samsa-trace">[A-Za-z0-9+/]{1000}/.test(page), "the page holds the trace");
  check(!/<(script|link)[^>]*(src|href)="(?!data:)/.test(page), "the page needs no other file");
  const flights = JSON.parse(run("npx", ["samsa", "run", "flights", "--json"])) as { readonly ok: boolean };
  check(flights.ok, "npx samsa run flights finds its data set, and holds");
  const searched = run("npx", ["samsa", "search", "--seeds", "2", "--workers", "2"]);
  check(searched.startsWith("mixed: 2 seeds"), "npx samsa search runs its threads");

  writeFileSync(join(folder, "mine.mjs"), SCRIPT);
  const result = JSON.parse(run("node", ["mine.mjs"])) as { readonly ok: boolean; readonly scenarios: number };
  check(result.ok && result.scenarios > 10, "simulate and scenario work from JavaScript");

  writeFileSync(join(folder, "mine.ts"), asModule(SCRIPT));
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--lib",
    "es2023",
    "--types",
    "",
  ];
  run(join(ROOT, "node_modules/.bin/tsc"), [...options, "mine.ts"]);
  check(true, "its types serve a strict TypeScript program without @types/node");

  run("npm", [
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--silent",
    join(ROOT, "node_modules/fast-check"),
  ]);
  writeFileSync(join(folder, "property.mjs"), PROPERTY);
  const report = JSON.parse(run("node", ["property.mjs"])) as { readonly failed: boolean; readonly runs: number };
  check(!report.failed && report.runs === 3, "samsa/testing works with fast-check and without vitest");
  writeFileSync(join(folder, "property.ts"), asModule(PROPERTY));
  run(join(ROOT, "node_modules/.bin/tsc"), [...options, "property.ts"]);
  check(true, "so do its types");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
