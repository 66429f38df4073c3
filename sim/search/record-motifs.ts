// Motifs about records that are gone: what an operator deletes, brokers forget at moments of their own, and clients
// and other replicas go on with what they remember.

import type { Target } from "../faults/fault.js";
import { between, pick, span } from "./draw-tools.js";
import { somePartition } from "./draw-targets.js";
import { ending, meeting } from "./draw-occasions.js";
import { fault, leaderOf, loss, moves, type Motif } from "./motif-parts.js";
import type { EndingStep } from "./timeline.js";
import type { Step } from "./trial.js";

/** Kafka's default of retention.ms. */
const WEEK_MS = 604_800_000;

/** A topic is purged, as people do it: its records may expire at once, and after a while they are kept again. */
export const purge: Motif = (random, stage, atMs) => {
  const partition = somePartition(random, stage);
  const { topic } = partition;
  const kept = stage.topics.find((each) => each.topic === topic)?.config?.["retention.ms"] ?? WEEK_MS;
  const retain = (at: number, retentionMs: typeof kept): Step => ({
    kind: "admin",
    atMs: at,
    change: { kind: "alter-topic", topic, config: { "retention.ms": retentionMs } },
  });
  // Brokers look for expired records every two seconds.
  const keptAgainAt = atMs + span(random, 1500, 9000);
  const steps: Step[] = [retain(atMs, span(random, 1, 1000)), retain(keptAgainAt, kept)];
  const trouble = pick(random, ["late request", "leader moves", "leader is lost", "both"] as const);
  if (trouble === "late request" || trouble === "both") {
    const from: Target = { role: "client", name: pick(random, stage.producers) };
    const heldFrom = Math.max(0, atMs - span(random, 1, 10_000));
    const releaseAtMs = atMs + span(random, 500, 12_000);
    const hold: EndingStep = {
      kind: "hold",
      atMs: heldFrom,
      releaseAtMs,
      api: "Produce",
      message: "request",
      from,
      first: 1,
    };
    steps.push(ending(random, hold, atMs, ["log.start-advanced", "produce.rejected"], partition));
  }
  if (trouble === "leader moves" || trouble === "both")
    steps.push(...moves(random, stage, partition, atMs, keptAgainAt + 3000, between(random, 1, 3)));
  if (trouble === "leader is lost") {
    const lossAt = atMs + span(random, 500, 8000);
    const lost = fault(lossAt, lossAt + span(random, 500, 12_000), loss(random, leaderOf(partition)));
    steps.push(meeting(random, lost, atMs, ["log.start-advanced", "produce.rejected"], partition));
  }
  return steps;
};
