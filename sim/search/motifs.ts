// Motifs: patterns of trouble that distributed systems meet again and again, since single faults drawn by themselves
// rarely meet: a leader lost just after its ISR changed, an answer that is held up while leadership moves. Whom they
// concern, how long and how far apart is drawn; none is made for one bug.

import type { Fault, Target } from "../faults/fault.js";
import { between, pick, span } from "./draw-tools.js";
import { someBrokerByRole, someClient, someFollower, somePartition, someReplicas } from "./draw-targets.js";
import { ending, meeting } from "./draw-occasions.js";
import {
  everyBroker,
  everyController,
  fault,
  handOver,
  lag,
  lateMetadata,
  leaderOf,
  loss,
  move,
  moves,
  type Motif,
} from "./motif-parts.js";
import { MOTIFS_OF_LIVES } from "./motifs-of-lives.js";
import { MOTIFS_OF_NEWS } from "./motifs-of-news.js";
import { MOTIFS_OF_RECORDS } from "./motifs-of-records.js";
import type { EndingStep } from "./timeline.js";
import type { Step } from "./trial.js";

/** Every motif, by name. */
export const MOTIFS: Readonly<Record<string, Motif>> = {
  ...MOTIFS_OF_LIVES,
  ...MOTIFS_OF_NEWS,
  ...MOTIFS_OF_RECORDS,

  /** A follower lags until it leaves the ISR, or just returned to it, when the leader is lost. */
  "lose-leader-after-isr-change": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const lagUntil = atMs + span(random, 500, 15_000);
    const lossAt = pick(random, [atMs, lagUntil]) + span(random, 1, 4000);
    const lost = fault(lossAt, lossAt + span(random, 100, 15_000), loss(random, leaderOf(partition)));
    const change = ["isr.shrink-requested", "isr.shrunk", "isr.expand-requested", "isr.expanded"] as const;
    return [lag(random, stage, atMs, lagUntil, partition), meeting(random, lost, atMs, change, partition)];
  },

  /** Messages of a kind between the leader and others wait while leadership moves. */
  "hold-while-leader-moves": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const [api, message] = pick(random, [
      ["Fetch", "response"],
      ["Fetch", "request"],
      ["AlterPartition", "request"],
      ["AlterPartition", "response"],
      ["Produce", "request"],
      ["Produce", "response"],
      ["OffsetForLeaderEpoch", "response"],
      ["OffsetCommit", "request"],
      ["ListOffsets", "response"],
    ] as const);
    const [there, back] = message === "request" ? (["to", "from"] as const) : (["from", "to"] as const);
    const ends = pick<{ readonly from?: Target; readonly to?: Target }>(random, [
      { [there]: leaderOf(partition) },
      { [there]: leaderOf(partition), [back]: someFollower(random, partition) },
      { [back]: someFollower(random, partition) },
    ]);
    const releaseAtMs = atMs + span(random, 100, 12_000);
    const first = pick(random, [{}, { first: 1 }]);
    const hold: EndingStep = { kind: "hold", atMs, releaseAtMs, api, message, ...ends, ...first };
    return [
      ending(random, hold, atMs, ["partition.became-leader", "partition.became-follower", "broker.fenced"], partition),
      ...moves(random, stage, partition, atMs, releaseAtMs, between(random, 1, 3)),
    ];
  },

  /** A leader is cut off from some or all; leadership moves, perhaps back; the cut heals. */
  "cut-move-heal": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const healAtMs = atMs + span(random, 1000, 20_000);
    const from = [random.chance(2, 3) ? leaderOf(partition) : someBrokerByRole(random, stage)];
    const controllers = everyController(stage);
    const others = [someFollower(random, partition), { role: "follower", ...partition, index: 1 } as const];
    // The last: from all servers, while clients still reach it and believe it.
    const servers = [...controllers, ...everyBroker(stage)];
    const to = pick(random, [controllers, others, [...controllers, ...others], servers]);
    const cut = fault(atMs, healAtMs, { kind: "partition", from, to, symmetric: random.chance(2, 3) });
    return [
      ending(random, cut, atMs, ["partition.became-leader", "partition.became-follower"], partition),
      ...moves(random, stage, partition, atMs, healAtMs, between(random, 1, 2)),
    ];
  },

  /** Two brokers restart at nearly one moment, and come back in either order. */
  "restart-together": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const pair: readonly Target[] = random.chance(2, 3)
      ? [leaderOf(partition), { role: "follower", ...partition, index: random.below(2) }]
      : someReplicas(random, stage, 2);
    const kind = pick(random, ["crash", "crash", "power-loss"] as const);
    return pair.map((target, index) => {
      const at = atMs + (index === 0 ? 0 : span(random, 0, 2000));
      return fault(at, at + span(random, 1, 12_000), { kind, target });
    });
  },

  /** Several machines lose power at once: a rack, the leader and a follower, every replica. */
  "power-loss-together": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const back = (): number => atMs + span(random, 100, 15_000);
    const leader = fault(atMs, back(), { kind: "power-loss", target: leaderOf(partition) });
    const follower = (index: number): Step =>
      fault(atMs, back(), { kind: "power-loss", target: { role: "follower", ...partition, index } });
    // Followers first: once the leader has fallen, the name may mean another.
    return pick(random, [
      [fault(atMs, back(), { kind: "rack-power-loss", rack: pick(random, stage.racks) }), leader],
      [follower(0), leader],
      [follower(0), follower(1)],
      [follower(0), follower(1), leader],
    ]);
  },

  /** A follower lags, stays in the ISR or not, and the leader is lost while it does. */
  "slow-follower-then-leader-loss": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const lossAt = atMs + span(random, 50, 6000);
    const lost = fault(lossAt, lossAt + span(random, 100, 15_000), loss(random, leaderOf(partition)));
    return [
      lag(random, stage, atMs, lossAt + random.below(3000), partition),
      ...moves(random, stage, partition, atMs, lossAt, random.below(3)),
      meeting(random, lost, atMs, ["partition.became-leader", "isr.shrink-requested", "log.truncated"], partition),
    ];
  },

  /** Leadership goes to and fro, quickly, while records come in bursts and brokers hear of it late, or not of all. */
  "leader-ping-pong": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const rounds = between(random, 2, 5);
    const betweenMs = span(random, 50, 4000);
    const hearsLate = pick(random, ["nobody", "each time", "the whole time"] as const);
    const steps: Step[] = [];
    for (let round = 0; round < rounds; round++) {
      const at = atMs + round * betweenMs;
      steps.push(...move(random, stage, partition, at));
      steps.push({ kind: "burst", atMs: at + random.below(betweenMs), records: between(random, 2, 30) });
      if (hearsLate === "each time")
        steps.push(lateMetadata(random, stage, partition, at, at + span(random, 100, 2 * betweenMs + 200)));
    }
    const from = Math.max(0, atMs - span(random, 1, 1000));
    const index = random.below(2);
    const [one, other] = [index, 1 - index].map((index): Target => ({ role: "follower", ...partition, index }));
    if (hearsLate === "the whole time")
      steps.push(lateMetadata(random, stage, partition, from, atMs + rounds * betweenMs + span(random, 1, 9000), one));
    // What one follower has by then and the other has not is what the next leader may lack.
    if (hearsLate === "the whole time" || random.chance(1, 2))
      steps.push(lag(random, stage, from, atMs + span(random, 1, 1000), partition, other));
    return steps;
  },

  /** Leadership is given to another broker, and back: who did not hear of it sees the leader that it knew. */
  "leader-there-and-back": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const [one, other, ...rest] = someReplicas(random, stage, 3) as [number, number, ...number[]];
    const lagsFrom = atMs + span(random, 600, 3000);
    const awayAt = lagsFrom + span(random, 300, 1000);
    const lagUntil = awayAt + span(random, 500, 1500);
    const backAt = lagUntil + span(random, 800, 5000);
    const untilMs = backAt + span(random, 2000, 8000);
    // Mostly a bystander: it goes on following whom it knows.
    const deaf = random.chance(3, 4) ? (rest[0] ?? one) : pick(random, [one, other]);
    const cut: Fault = { kind: "partition", from: everyController(stage), to: [deaf], symmetric: random.chance(1, 2) };
    const silence: Step = random.chance(1, 3)
      ? fault(lagsFrom, untilMs, cut)
      : lateMetadata(random, stage, partition, lagsFrom, untilMs, deaf);
    // What the other lacks when it becomes the leader is cut from the logs of those who hear of it, and of no others.
    const behind = lag(random, stage, lagsFrom, lagUntil, partition, other);
    const elections = ["partition.became-leader", "partition.became-follower"] as const;
    const burst = (atMs: number): Step => ({ kind: "burst", atMs, records: between(random, 2, 30) });
    return [
      ...handOver(random, partition, [one, other, ...rest], atMs),
      silence,
      ending(random, behind, awayAt, elections, partition),
      burst(lagsFrom + 1 + random.below(awayAt - lagsFrom)),
      ...handOver(random, partition, [other, one, ...rest], awayAt),
      burst(awayAt + random.below(backAt - awayAt)),
      ...handOver(random, partition, [one, other, ...rest], backAt),
      burst(backAt + random.below(untilMs - backAt)),
    ];
  },

  /** The ISR shrinks to the leader; then the leader is lost, and the others come back first or last. */
  "last-replica-standing": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const leader = leaderOf(partition);
    const lossAt = atMs + span(random, 1000, 15_000);
    const kind = pick(random, ["crash", "shutdown", "power-loss", "isolate"] as const);
    // The second first: when the first is gone, it may be the only one of its name.
    const followers = [1, 0].map((index) =>
      fault(atMs + random.below(500), lossAt + span(random, 1, 12_000), {
        kind,
        target: { role: "follower", ...partition, index },
      }),
    );
    const last = pick<Fault>(random, [
      { kind: "power-loss", target: leader },
      { kind: "power-loss", target: leader },
      loss(random, leader),
    ]);
    const lastLoss = fault(lossAt, lossAt + span(random, 1, 15_000), last);
    return [...followers, meeting(random, lastLoss, atMs, ["isr.shrunk", "partition.changed"], partition)];
  },

  /** The leader is lost, and soon after it the next one. */
  "leaders-fall-in-turn": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const first: Fault = random.chance(1, 2)
      ? { kind: "shutdown", target: leaderOf(partition) }
      : loss(random, leaderOf(partition));
    // A leader that stops in good order is replaced at once, another after its session.
    const secondAt = atMs + (first.kind === "shutdown" ? span(random, 10, 2000) : 2000 + random.below(8000));
    const second: Fault = random.chance(1, 3)
      ? { kind: "shutdown", target: leaderOf(partition) }
      : loss(random, leaderOf(partition));
    const secondLoss = fault(secondAt, secondAt + span(random, 500, 15_000), second);
    const lagsFrom = atMs - span(random, 1, 4000);
    return [
      ...(random.chance(1, 2) ? [lag(random, stage, Math.max(0, lagsFrom), atMs + random.below(500), partition)] : []),
      { kind: "burst", atMs: Math.max(0, atMs - random.below(100)), records: between(random, 2, 200) },
      fault(atMs, secondAt + span(random, 500, 15_000), first),
      meeting(random, secondLoss, atMs + 1, ["partition.became-leader", "partition.became-follower"], partition),
    ];
  },

  /** A client stands still or is unreachable past its time-outs, and goes on as if nothing had happened. */
  "client-stalls": (random, stage, atMs) => {
    const client = someClient(random, stage);
    const healAtMs = atMs + span(random, 1000, 25_000);
    const kind = pick(random, ["pause", "isolate"] as const);
    const api = pick(random, ["OffsetCommit", "Heartbeat", "JoinGroup", "SyncGroup", "Produce"]);
    const stall: EndingStep = random.chance(2, 3)
      ? fault(atMs, healAtMs, { kind, target: client })
      : { kind: "hold", atMs, releaseAtMs: healAtMs, api, message: "request", from: client };
    const events = ["group.transitioned", "consumer.assigned", "producer.failed", "producer.epoch-bumped"] as const;
    return [ending(random, stall, atMs, events, somePartition(random, stage))];
  },

  /** A broker, or one after another, is stopped in good order and comes back after a while: somebody mends it. */
  maintenance: (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const steps: Step[] = [];
    let at = atMs;
    for (let left = between(random, 1, 2); left > 0; left--) {
      const target = pick(random, [
        someFollower(random, partition),
        leaderOf(partition),
        someBrokerByRole(random, stage),
      ]);
      const backAt = at + span(random, 300, 25_000);
      steps.push(fault(at, backAt, { kind: "shutdown", target }));
      at = backAt + span(random, 1, 3000);
    }
    return steps;
  },

  /** The coordinator of a group is lost, cut off, or moves, while its members commit and rebalance. */
  "coordinator-moves": (random, stage, atMs) => {
    const group = pick(random, stage.groups.length === 0 ? ["workers"] : stage.groups);
    const target: Target = { role: "coordinator", group };
    const backAt = atMs + span(random, 100, 15_000);
    const held = pick(random, ["Fetch request", "OffsetCommit request", "OffsetCommit response", "SyncGroup request"]);
    const [api, message] = held.split(" ") as [string, "request" | "response"];
    const end = message === "request" ? "to" : "from";
    const elsewhere = somePartition(random, stage);
    const loaded = ["coordinator.loaded", "group.transitioned", "group.offset-committed"] as const;
    if (random.chance(1, 2)) {
      // Cut off from all servers, and from some clients, while others believe it still.
      const clients = stage.clients.filter(() => random.chance(1, 2)).map((name): Target => ({ role: "client", name }));
      const to = [...everyController(stage), ...everyBroker(stage), ...clients];
      // Long enough for its session to end, and for another to take over.
      const healAtMs = atMs + span(random, 3000, 20_000);
      const cut = fault(atMs, healAtMs, { kind: "partition", from: [target], to, symmetric: true });
      return [ending(random, cut, atMs, loaded, elsewhere)];
    }
    const from = Math.max(0, atMs - span(random, 1, 3000));
    const hold: EndingStep = { kind: "hold", atMs: from, releaseAtMs: backAt, api, message, [end]: target };
    const lost = fault(atMs, backAt, loss(random, target));
    return [
      ending(random, hold, from, loaded, elsewhere),
      random.chance(2, 3)
        ? meeting(random, lost, from, ["message.held", "group.transitioned", "group.offset-committed"], elsewhere)
        : { kind: "admin", atMs, change: { kind: "elect-preferred" } },
    ];
  },

  /** A voter is cut off for a while, wholly or from some, and comes back; or the active controller falls. */
  "controller-trouble": (random, stage, atMs) => {
    const active: Target = { role: "active-controller" };
    const voter: Target = { role: "controller", index: random.below(stage.controllers) };
    const voters = everyController(stage);
    const healAtMs = atMs + span(random, 500, 60_000);
    const target = pick(random, [active, voter]);
    const trouble = pick<Fault>(random, [
      { kind: "isolate", target, direction: pick(random, ["both", "inbound", "outbound"] as const) },
      { kind: "partition", from: [target], to: voters, symmetric: random.chance(1, 2) },
      { kind: "pause", target },
      loss(random, target),
    ]);
    const elections = ["controller.activated", "quorum.transitioned"] as const;
    return [ending(random, fault(atMs, healAtMs, trouble), atMs, elections, somePartition(random, stage))];
  },
};
