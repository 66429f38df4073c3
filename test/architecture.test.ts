// The structure of the project, read from its sources: who may import whom, and what the deterministic part may not
// touch. DESIGN.md gives the reasons; this test makes them hold.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = normalize(join(import.meta.dirname, ".."));

interface Source {
  readonly path: string;
  readonly code: string;
  readonly imports: readonly string[];
  /** Those of them that are there at run time: `import type` vanishes. */
  readonly values: readonly string[];
}

function sourcesOf(folder: string): readonly Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .sort()
    .map((name) => {
      const path = `${folder}/${name}`;
      const text = readFileSync(join(ROOT, path), "utf8");
      const values = importsOf(path, text.replace(/^\s*(?:import|export) type\b[^;]*;/gm, ""));
      return { path, code: withoutCommentsAndStrings(text), imports: importsOf(path, text), values };
    });
}

/** Import specifiers; relative ones as paths from the root with `.ts` endings. */
function importsOf(path: string, text: string): readonly string[] {
  const specifiers = [...text.matchAll(/^\s*(?:import|export)\b[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"/gm)];
  return specifiers
    .map((match) => match[1] ?? match[2] ?? "")
    .map((specifier) =>
      specifier.startsWith(".")
        ? relative(ROOT, join(ROOT, dirname(path), specifier)).replace(/\.js$/, ".ts")
        : specifier,
    );
}

function withoutCommentsAndStrings(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[^:])\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

const core = sourcesOf("core");
const sim = sourcesOf("sim");
const scenarios = sourcesOf("scenarios");
const visualizer = sourcesOf("visualizer");
const byPath = new Map([...core, ...sim, ...scenarios, ...visualizer].map((source) => [source.path, source]));

/** Layers of core/, lowest first: a folder imports itself and those before it (client/ only some of them). */
const CORE_LAYERS: Readonly<Record<string, readonly string[]>> = {
  "": [],
  config: [""],
  protocol: ["", "config"],
  log: ["", "config", "protocol"],
  raft: ["", "config", "protocol", "log"],
  // An image is what the quorum's log adds up to: metadata listens to raft, which knows nothing of images.
  metadata: ["", "config", "protocol", "log", "raft"],
  replication: ["", "config", "protocol", "log", "metadata"],
  coordinator: ["", "config", "protocol", "log", "metadata"],
  controller: ["", "config", "protocol", "log", "metadata", "raft"],
  broker: ["", "config", "protocol", "log", "metadata", "replication", "raft", "coordinator", "controller"],
  client: ["", "config", "protocol", "log", "coordinator"],
};

/** "core/log/log.ts" → "log", "core/types.ts" → "". */
function layerOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? (parts[1] ?? "") : "";
}

/** Parts of sim/ that are outside the simulation: the command line, real sockets, the threads of a search. */
const TOUCHES_THE_MACHINE = /^sim\/(cli|live|search\/campaign)\//;

describe("imports", () => {
  test("core/ imports nothing outside core/, and inside it only lower layers", () => {
    const wrong = core.flatMap(({ path, imports }) =>
      imports
        .filter((target) => {
          if (path === "core/index.ts") return !target.startsWith("core/");
          if (!target.startsWith("core/")) return true;
          const from = layerOf(path);
          const to = layerOf(target);
          // The request channel is the front door of controllers as well as of brokers.
          if (from === "controller" && /^core\/broker\/request-(channel|context)\.ts$/.test(target)) return false;
          return to !== from && !(CORE_LAYERS[from] ?? []).includes(to);
        })
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("only sim/cli/, sim/live/ and sim/search/campaign/ touch Node's modules", () => {
    const wrong = [...sim, ...scenarios]
      .filter(({ path }) => !TOUCHES_THE_MACHINE.test(path))
      .flatMap(({ path, imports }) =>
        imports.filter((target) => target.startsWith("node:")).map((target) => `${path} → ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test("scenarios/ import sim/index.ts, their data and each other only", () => {
    const wrong = scenarios.flatMap(({ path, imports }) =>
      imports
        .filter((target) => target !== "sim/index.ts" && !target.startsWith("scenarios/"))
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("there are no import circles", () => {
    const circles: string[] = [];
    const state = new Map<string, "open" | "done">();
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === "done") return;
      if (state.get(path) === "open") {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
        return;
      }
      state.set(path, "open");
      for (const target of byPath.get(path)?.values ?? []) if (byPath.has(target)) visit(target, [...trail, path]);
      state.set(path, "done");
    };
    for (const path of byPath.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  test("every relative import names a file that exists", () => {
    const wrong = [...byPath.values()].flatMap(({ path, imports }) =>
      imports.filter((target) => target.endsWith(".ts") && !byPath.has(target)).map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("determinism", () => {
  const BANNED =
    /\b(?:Date|Promise|async|await|Intl|performance|localeCompare|toLocale\w+|WeakRef|FinalizationRegistry|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone|crypto)\b|\bprocess\.(?:env|argv|nextTick|hrtime|std\w+|exit\w*|cwd|versions?|uptime|memoryUsage|on)\b|Math\.(?:random|log\w*|exp\w*|pow|sin\w*|cos\w*|tan\w*|sqrt|cbrt|hypot|atan\w*)\b|[^*]\*\*[^*/]|\.stack\b/;

  test("core/ and the simulated path of sim/ use no ambient time, chance, concurrency or inexact mathematics", () => {
    const deterministic = [...core, ...scenarios, ...sim.filter(({ path }) => !TOUCHES_THE_MACHINE.test(path))];
    const wrong = deterministic.flatMap(({ path, code }) =>
      code
        .split("\n")
        .map((line, index) => ({ line, index }))
        .filter(({ line }) => BANNED.test(line) && !(path === "sim/search/exception-site.ts" && /\.stack/.test(line)))
        .map(({ line, index }) => `${path}:${index + 1} ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("shape", () => {
  test("a file holds one concept: at most 400 lines", () => {
    const long = [...byPath.values()]
      .map(({ path }) => ({ path, lines: readFileSync(join(ROOT, path), "utf8").split("\n").length - 1 }))
      .filter(({ lines }) => lines > 400)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  test("every file of core/ and sim/ opens with a header comment", () => {
    const bare = [...core, ...sim]
      .map(({ path }) => path)
      .filter((path) => !/^(#!.*\n)?\/[/*]/.test(readFileSync(join(ROOT, path), "utf8")));
    expect(bare).toEqual([]);
  });

  test("the top level holds what was agreed", () => {
    const allowed =
      /^(\..*|package\.json|package-lock\.json|tsconfig\.json|README\.md|LICENSE|core|sim|visualizer|scenarios|test|dist|node_modules|out)$/;
    expect(readdirSync(ROOT).filter((name) => !allowed.test(name))).toEqual([]);
  });
});
