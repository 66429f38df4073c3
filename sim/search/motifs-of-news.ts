// Motifs about news: answers, requests and metadata that come late, or in another order than they were sent.

import type { Fault, Target } from "../faults/fault.js";
import type { Occasion, OccasionEvent } from "../world/occasions.js";
import { between, pick, span } from "./draw-tools.js";
import { ending, endingOnce, meeting } from "./draw-occasions.js";
import { someClient, someFollower, somePartition } from "./draw-targets.js";
import { fault, lag, lateMetadata, leaderOf, loss, moves, type Motif } from "./motif-parts.js";
import type { EndingStep } from "./timeline.js";
import type { Step } from "./trial.js";

export const MOTIFS_OF_NEWS = {
  /** One broker hears of new metadata late, while leadership moves. */
  "stale-metadata": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const releaseAtMs = atMs + span(random, 200, 12_000);
    const late = lateMetadata(random, stage, partition, atMs, releaseAtMs);
    return [
      ending(random, late, atMs, ["partition.became-leader", "replica.fenced", "produce.rejected"], partition),
      ...(random.chance(1, 2)
        ? [lag(random, stage, atMs + random.below(releaseAtMs - atMs), releaseAtMs, partition)]
        : []),
      ...moves(random, stage, partition, atMs, releaseAtMs, between(random, 1, 3)),
    ];
  },

  /**
   * A follower leaves the ISR, comes back and falls behind again, while what the leader is told, by answers and by
   * metadata, comes late and in any order; then perhaps the leader is lost.
   */
  "news-out-of-order": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const leader = leaderOf(partition);
    const follower = someFollower(random, partition);
    // It takes up to one and a half times as long until a leader has noticed.
    const leavesAt = atMs + Math.min(stage.lagTimeMs, 6000) * 1.5;
    const backAt = leavesAt + span(random, 100, 5000);
    const heardAt = backAt + span(random, 1, 4000);
    const occasion = (event: OccasionEvent, atMost: number): Occasion => {
      const afterMs = pick(random, [0, span(random, 1, atMost)]);
      return { event, ...partition, ...(afterMs === 0 ? {} : { afterMs }) };
    };
    const proposed = (atMost: number): Occasion => occasion("isr.expand-requested", atMost);
    const lostFor = (): number => backAt + span(random, 100, 8000);
    const decider: Target = { role: "active-controller" };
    // For so long a leader waits even for who is not in the ISR: a shorter silence changes little.
    const silentMs = Math.min(stage.lagTimeMs, 5000) + span(random, 50, 4000);
    const silence = pick<Fault>(random, [
      { kind: "slow-link", from: leader, to: decider, extraMs: silentMs },
      { kind: "slow-link", from: leader, to: decider, extraMs: silentMs },
      { kind: "pause", target: decider },
      { kind: "isolate", target: decider },
      { kind: "crash", target: decider },
    ]);
    const fallsBehind = pick<Fault>(random, [
      { kind: "partition", from: [follower], to: [leader], symmetric: random.chance(1, 2) },
      { kind: "partition", from: [follower], to: [leader], symmetric: random.chance(1, 2) },
      loss(random, follower),
    ]);
    const news = lateMetadata(
      random,
      stage,
      partition,
      atMs + random.below(Math.min(stage.lagTimeMs, 6000)),
      heardAt,
      leader,
    );
    const steps: Step[] = [
      lag(random, stage, atMs, backAt, partition, follower),
      random.chance(1, 4) ? news : endingOnce(news, backAt, proposed(300)),
      { ...fault(atMs, backAt + silentMs, silence), once: occasion("isr.shrunk", 300) },
      { ...fault(backAt, lostFor() + silentMs, fallsBehind), once: proposed(1000) },
    ];
    if (random.chance(1, 3)) {
      const lost = fault(backAt, lostFor(), loss(random, leader));
      steps.push({ ...lost, once: occasion("isr.expanded", 2000) });
    }
    return steps;
  },

  /** Answers are lost after the work was done, so that it is asked for again. */
  "lost-answers": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const leader = leaderOf(partition);
    const client = someClient(random, stage);
    const resetAt = atMs + span(random, 1, 3000);
    const reset = fault(resetAt, undefined, { kind: "reset-connections", from: client, to: leader });
    return [
      { kind: "hold", atMs, releaseAtMs: resetAt + 1, api: "Produce", message: "response", from: leader },
      { kind: "burst", atMs: atMs + 1, records: between(random, 1, 20) },
      meeting(random, reset, atMs, ["message.held"], partition),
    ];
  },

  /** A producer's request comes late: when it was sent again long since, and perhaps forgotten. */
  "late-request": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const from: Target = { role: "client", name: pick(random, stage.producers) };
    const releaseAtMs = atMs + span(random, 500, 20_000);
    const hold: EndingStep = { kind: "hold", atMs, releaseAtMs, api: "Produce", message: "request", from, first: 1 };
    const events = ["produce.rejected", "producer.epoch-bumped", "partition.became-leader"] as const;
    return [
      ending(random, hold, atMs + 1, events, partition),
      { kind: "burst", atMs: atMs + 1, records: between(random, 1, 20) },
    ];
  },
} as const satisfies Readonly<Record<string, Motif>>;
