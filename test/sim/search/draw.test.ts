// Drawing a trial: plain data, the same for a seed, complete, and moved by nothing that does not concern it.

import { describe, expect, test } from "vitest";
import { APIS } from "../../../core/protocol/apis.js";
import { DISTURBANCE_DRAWS } from "../../../sim/search/draw-disturbances.js";
import { FAULT_DRAWS } from "../../../sim/search/draw-faults.js";
import { drawTrial } from "../../../sim/search/draw.js";
import { pickWeighted, streamOf, swarm } from "../../../sim/search/draw-tools.js";
import { MOTIFS } from "../../../sim/search/motifs.js";
import { PROFILE_NAMES, PROFILES } from "../../../sim/search/profiles.js";
import { retargeted } from "../../../sim/search/retarget.js";
import { beginOccasionOf, endOccasionOf } from "../../../sim/search/timeline.js";
import { trialProblem } from "../../../sim/search/trial-check.js";
import type { Step } from "../../../sim/search/trial.js";
import { OCCASION_WORDS } from "../../../sim/world/occasions.js";

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

describe.each(PROFILE_NAMES)("profile %s", (profile) => {
  const trials = SEEDS.map((seed) => drawTrial(seed, profile));

  test("a trial is plain data: written as JSON and read again it is the same, and it is one", () => {
    for (const trial of trials) {
      expect(JSON.parse(JSON.stringify(trial))).toEqual(trial);
      expect(trialProblem(trial)).toBeUndefined();
    }
  });

  test("steps are in order of time and within the trial", () => {
    for (const { steps, durationMs } of trials) {
      const times = steps.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.every((atMs) => atMs >= 0 && atMs < durationMs)).toBe(true);
    }
  });

  test("what ends does so after it began", () => {
    for (const { steps } of trials)
      for (const step of steps) {
        if (step.kind === "hold") expect(step.releaseAtMs).toBeGreaterThanOrEqual(step.atMs);
        if (step.kind === "fault" && step.healAtMs !== undefined)
          expect(step.healAtMs).toBeGreaterThanOrEqual(step.atMs);
      }
  });

  test("everything aims at what there is: retargeting changes nothing of it but what would end after the trial", () => {
    const withoutEnds = (step: Step): unknown => ({ ...step, releaseAtMs: 0, healAtMs: 0 });
    for (const trial of trials) {
      const fitting = retargeted(trial);
      expect({ ...fitting, steps: fitting.steps.map(withoutEnds) }).toEqual({
        ...trial,
        steps: trial.steps.map(withoutEnds),
      });
    }
  });

  test("every name its weights give is one that can be drawn", () => {
    const { faults, disturbances, motifs, holds } = PROFILES[profile];
    for (const name of Object.keys(faults)) expect(FAULT_DRAWS, name).toHaveProperty(name);
    for (const name of Object.keys(disturbances)) expect(DISTURBANCE_DRAWS, name).toHaveProperty(name);
    for (const name of Object.keys(motifs)) expect(MOTIFS, name).toHaveProperty(name);
    for (const name of Object.keys(holds)) {
      expect(APIS, name).toHaveProperty(name.split(" ")[0]!);
      expect(["request", "response"]).toContain(name.split(" ")[1]);
    }
  });
});

test("what can be waited for is known, and nothing else", () => {
  const trial = drawTrial(1);
  const withStep = (occasion: unknown): unknown => ({
    ...trial,
    steps: [{ kind: "burst", atMs: 1, records: 1, once: occasion }],
  });
  expect(trialProblem(withStep({ event: "isr.shrunk" }))).toBeUndefined();
  expect(trialProblem(withStep({ event: "doomsday" }))).toMatch(/waited for.*doomsday/);
  expect(trialProblem(withStep("soon"))).toMatch(/waited for.*soon/);
  const admin = { kind: "admin", atMs: 1, change: { kind: "elect-preferred" }, once: { event: "isr.shrunk" } };
  expect(trialProblem({ ...trial, steps: [admin] })).toBe('a step of kind "admin" has no "once"');
});

test("the mixed profile draws every kind of fault, hold, change and motif there is within 200 seeds", () => {
  const trials = SEEDS.map((seed) => drawTrial(seed));
  const steps = trials.flatMap((trial) => trial.steps);
  const kinds = new Set(steps.map((step) => (step.kind === "fault" ? step.fault.kind : step.kind)));
  const clientFaults = new Set(["client-crash", "client-pause", "client-leave"]);
  for (const name of Object.keys(FAULT_DRAWS)) if (!clientFaults.has(name)) expect(kinds, name).toContain(name);
  for (const name of ["hold", "admin", "burst", "ask-end-offsets", "seek"]) expect(kinds, name).toContain(name);
  const changes = new Set(steps.map((step) => (step.kind === "admin" ? step.change.kind : "")));
  for (const kind of ["create-topic", "delete-topic", "add-partitions", "alter-topic", "elect-preferred", "reassign"])
    expect(changes, kind).toContain(kind);
  const held = new Set(steps.map((step) => (step.kind === "hold" ? `${step.api} ${step.message}` : "")));
  for (const name of Object.keys(PROFILES.mixed.holds)) expect(held, name).toContain(name);
  const awaited = new Set(steps.flatMap((step) => [beginOccasionOf(step)?.event, endOccasionOf(step)?.event]));
  for (const event of Object.keys(OCCASION_WORDS)) expect(awaited, event).toContain(event);
  expect(Object.keys(PROFILES.mixed.motifs).sort()).toEqual(Object.keys(MOTIFS).sort());
  expect(trials.some(({ wire }) => wire === "encoded")).toBe(true);
});

test("other options move nothing they do not concern", () => {
  const plain = drawTrial(5);
  const buggy = drawTrial(5, "mixed", { bugs: ["truncate-to-high-watermark"] });
  expect(buggy).toEqual({ ...plain, bugs: ["truncate-to-high-watermark"] });
  const busier = drawTrial(5, "mixed", { recordsPerSecond: 300 });
  expect({ ...busier, load: plain.load }).toEqual(plain);
  expect(busier.load.records).toBe(9000);
});

test("swarm: some runs have few kinds of faults, some nearly all, and each kind is sometimes off", () => {
  const sizes = SEEDS.map((seed) => Object.keys(swarm(seed, "fault-kinds", PROFILES.mixed.faults)).length);
  expect(Math.min(...sizes)).toBeLessThan(6);
  expect(Math.max(...sizes)).toBeGreaterThan(17);
  for (const name of Object.keys(PROFILES.mixed.faults)) {
    const on = SEEDS.filter((seed) => name in swarm(seed, "fault-kinds", PROFILES.mixed.faults)).length;
    expect(on, name).toBeGreaterThan(SEEDS.length / 4);
    expect(on, name).toBeLessThan((SEEDS.length * 3) / 4);
  }
});

test("a kind that is added to a swarm leaves the others on or off as they were", () => {
  for (const seed of SEEDS.slice(0, 50)) {
    const before = swarm(seed, "kinds", { crash: 1, pause: 1 });
    const after = swarm(seed, "kinds", { crash: 1, meteorite: 1, pause: 1 });
    const { meteorite: _, ...others } = after;
    expect(others).toEqual(before);
  }
});

test("weights: twice the weight is drawn twice as often, none never", () => {
  const random = streamOf(1, "weights");
  const drawn = Array.from({ length: 3000 }, () => pickWeighted(random, { one: 1, two: 2, none: 0 }));
  const ones = drawn.filter((name) => name === "one").length;
  expect(ones).toBeGreaterThan(900);
  expect(ones).toBeLessThan(1100);
  expect(drawn).not.toContain("none");
  expect(pickWeighted(random, {})).toBeUndefined();
});
