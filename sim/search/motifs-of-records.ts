// Motifs about records that are gone: what an operator deletes, brokers forget at moments of their own, and clients
// and other replicas go on with what they remember.

import type { Fault, Target } from "../faults/fault.js";
import { between, pick, span } from "./draw-tools.js";
import { someFollower, somePartition } from "./draw-targets.js";
import { ending, meeting } from "./draw-occasions.js";
import { fault, leaderOf, loss, type Motif } from "./motif-parts.js";
import type { EndingStep } from "./timeline.js";
import type { Step } from "./trial.js";

/** Kafka's default of retention.ms. */
const WEEK_MS = 604_800_000;

export const MOTIFS_OF_RECORDS = {
  /**
   * A topic is purged, as people do it: its records may expire at once, and after a while they are kept again. Meanwhile
   * its replicas do not agree on what has expired, and leaders leave.
   */
  purge: (random, stage, atMs) => {
    // Of a compacted topic no record expires.
    const topics = stage.topics.filter(({ config }) => config?.["cleanup.policy"] !== "compact");
    const partition = somePartition(random, { ...stage, topics });
    const { topic } = partition;
    const kept = stage.topics.find((each) => each.topic === topic)?.config?.["retention.ms"] ?? WEEK_MS;
    const retain = (at: number, retentionMs: typeof kept): Step => ({
      kind: "admin",
      atMs: at,
      change: { kind: "alter-topic", topic, config: { "retention.ms": retentionMs } },
    });
    // Brokers look for expired records every two seconds.
    const keptAgainAt = atMs + between(random, 2000, 20_000);
    const steps: Step[] = [retain(atMs, span(random, 1, 5000)), retain(keptAgainAt, kept)];
    if (random.chance(1, 4)) {
      const from: Target = { role: "client", name: pick(random, stage.producers) };
      const heldFrom = Math.max(0, atMs - 3000 + random.below(10_000));
      const releaseAtMs = heldFrom + span(random, 500, 12_000);
      const hold: EndingStep = {
        kind: "hold",
        atMs: heldFrom,
        releaseAtMs,
        api: "Produce",
        message: "request",
        from,
        first: 1,
      };
      steps.push(ending(random, hold, heldFrom + 1, ["log.start-advanced", "produce.rejected"], partition));
    }
    // Brokers that were not started together do not look for expired records together, nor do clocks agree on their age.
    const target = someFollower(random, partition);
    const restart: Fault = { kind: "restart", target, downMs: between(random, 0, 2000) };
    const ahead: Fault = { kind: "clock-skew", target: leaderOf(partition), offsetMs: between(random, 1000, 15_000) };
    const behind: Fault = { kind: "clock-skew", target, offsetMs: -between(random, 1000, 15_000) };
    const disorder = pick(random, [restart, ahead, ahead, behind]);
    const disorderAt = Math.max(0, atMs - span(random, 1, 4000));
    steps.push(fault(disorderAt, disorder === restart ? undefined : keptAgainAt, disorder));
    for (let left = between(random, 1, 3); left > 0; left--) {
      const at = atMs + random.below(keptAgainAt - atMs);
      const leader = leaderOf(partition);
      const gone: Fault = random.chance(3, 4) ? { kind: "shutdown", target: leader } : loss(random, leader);
      const absence = fault(at, at + span(random, 500, 8000), gone);
      steps.push(meeting(random, absence, at, ["log.start-advanced", "produce.rejected"], partition));
    }
    return steps;
  },
} as const satisfies Readonly<Record<string, Motif>>;
