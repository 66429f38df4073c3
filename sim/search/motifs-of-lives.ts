// Motifs of lives: a broker comes back with less than it had, while what its earlier life said, or what was said of
// it, is still under way. Who is who, and who has what, is decided by broker epochs (KIP-903) or decided wrongly.

import type { Fault, Target } from "../faults/fault.js";
import type { Occasion, OccasionEvent } from "../world/occasions.js";
import { ending, endingOnce, meeting } from "./draw-occasions.js";
import { somePartition, type SomePartition } from "./draw-targets.js";
import { between, pick, span } from "./draw-tools.js";
import { everyBroker, fault, lag, leaderOf, loss, type Motif } from "./motif-parts.js";
import type { EndingStep } from "./timeline.js";
import type { Step } from "./trial.js";

export const MOTIFS_OF_LIVES = {
  /** A broker comes back with an empty disk, or unflushed bytes lost, while what was said of it before is under way. */
  "wipe-while-joining": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const index = random.below(2);
    const target: Target = { role: "follower", ...partition, index };
    const leader = leaderOf(partition);
    const joinsAt = atMs + span(random, 500, 10_000);
    // It needs a second to be let in.
    const lossAt = joinsAt + span(random, 300, 5000);
    const backAt = lossAt + span(random, 10, 3000);
    // It is registered again only when the session of its earlier life is over.
    const releaseAtMs = backAt + span(random, 200, 10_000);
    const leaderLossAt = releaseAtMs + span(random, 10, 3000);
    const absence: readonly Step[] = pick(random, [
      [],
      [lag(random, stage, atMs, joinsAt, partition, target)],
      [fault(atMs, joinsAt, { kind: "shutdown", target })],
      [fault(atMs, joinsAt, { kind: "shutdown", target })],
    ]);
    // From the moment it is gone: what is held is what it says, or what is said of it, when it comes back.
    const heldFrom = atMs + span(random, 100, joinsAt - atMs);
    const isFetch = random.chance(1, 3);
    const of = isFetch ? { api: "Fetch", from: target, to: leader, first: 1 } : { api: "AlterPartition", from: leader };
    const hold: EndingStep = { kind: "hold", atMs: heldFrom, releaseAtMs, message: "request", ...of };
    const kind = pick(random, ["wipe-disk", "wipe-disk", "power-loss"] as const);
    const lossOfIt = fault(lossAt, backAt, { kind, target });
    const last: Fault = random.chance(1, 2) ? loss(random, leader) : { kind: "shutdown", target: leader };
    const lossOfLeader = fault(leaderLossAt, leaderLossAt + span(random, 100, 12_000), last);
    const steps: Step[] = [
      ...absence,
      ending(random, hold, backAt, ["broker.unfenced", "isr.expanded"], partition),
      meeting(random, lossOfIt, joinsAt, [isFetch ? "message.held" : "isr.expand-requested"], partition),
      meeting(random, lossOfLeader, backAt, ["isr.expanded"], partition),
    ];
    // Perhaps what it lost is out of its reach when it comes back, or comes to it slowly; perhaps another is slow, too.
    const untilMs = leaderLossAt + 3000;
    const cut: Fault = { kind: "partition", from: [target], to: everyBroker(stage), symmetric: true };
    const slow: Fault = { kind: "slow-link", from: target, to: leader, extraMs: span(random, 20, 2000) };
    const hindrance = pick(random, isFetch ? [cut, slow, slow, undefined] : [cut, cut, slow, undefined]);
    if (hindrance !== undefined) steps.push(fault(lossAt - 1, untilMs, hindrance));
    if (isFetch || random.chance(1, 4)) {
      const other: Target = { role: "follower", ...partition, index: 1 - index };
      const late = lag(random, stage, atMs, releaseAtMs + random.below(3000), partition, other);
      steps.push(ending(random, late, backAt, ["isr.expanded"], partition));
    }
    return steps;
  },

  /**
   * A follower dies with a fetch of its under way, returns with less than it had, and stands still or is slow once it may
   * be let in; another holds up what would be committed meanwhile, or stays away. Then the fetch arrives, and the leader
   * is lost: all about the moment at which the follower is let in again, or each at a moment of its own.
   */
  "late-echo": (random, stage, atMs) => {
    const partition = somePartition(random, stage);
    const index = random.below(2);
    const target: Target = { role: "follower", ...partition, index };
    const other: Target = { role: "follower", ...partition, index: 1 - index };
    const leader = leaderOf(partition);
    const lossAt = atMs + span(random, 1500, 6000);
    const heldFrom = Math.max(atMs, lossAt - span(random, 1, 1500));
    const backAt = lossAt + span(random, 100, 4000);
    const releaseAtMs = backAt + span(random, 200, 12_000);
    const leaderLossAt = releaseAtMs + span(random, 10, 2000);
    const untilMs = leaderLossAt + 5000;
    const isLetIn = random.chance(4, 5);
    const onceLetIn = (afterMs: number): Occasion => occasion("isr.expanded", afterMs, partition);
    const endsThen = (step: EndingStep, afterMs: number): EndingStep =>
      isLetIn ? endingOnce(step, backAt, onceLetIn(afterMs)) : step;

    const soon = (): number => pick(random, [0, span(random, 1, 30), span(random, 1, 300)]);
    const [echoAfterMs, otherAfterMs] = [soon(), soon()];
    const fetch = { api: "Fetch", message: "request", from: target, to: leader, first: 1 } as const;
    const steps: Step[] = [endsThen({ kind: "hold", atMs: heldFrom, releaseAtMs, ...fetch }, echoAfterMs)];
    // So that the fetch tells something.
    if (random.chance(3, 4))
      steps.push({ kind: "burst", atMs: heldFrom + random.below(3), records: between(random, 2, 30) });

    // While the other stays away, what is not committed yet stays so, and nobody else can lead.
    const staysAway = random.chance(3, 4);
    if (staysAway && random.chance(3, 4)) {
      const awayUntil = leaderLossAt + span(random, 3000, 15_000);
      steps.push(fault(atMs, awayUntil, { kind: "shutdown", target: other }));
    } else if (staysAway) steps.push(lag(random, stage, atMs, untilMs, partition, other));
    else steps.push(endsThen(lag(random, stage, atMs, releaseAtMs, partition, other), otherAfterMs));

    // Stopped in good order before its disk is replaced, it may be back before its session would have ended.
    const isPlanned = random.chance(1, 2);
    const kind = pick(random, ["wipe-disk", "wipe-disk", "wipe-disk", "power-loss"] as const);
    if (isPlanned) steps.push(fault(lossAt, backAt, { kind: "shutdown", target }));
    steps.push(fault(isPlanned ? Math.round((lossAt + backAt) / 2) : lossAt, backAt, { kind, target }));
    // It cannot catch up while it waits to be unfenced, or before all have heard that it is.
    const cut: Fault = { kind: "partition", from: [target], to: everyBroker(stage), symmetric: true };
    const heardAfterMs = pick(random, [0, span(random, 400, 2000), span(random, 400, 2000)]);
    if (random.chance(3, 4))
      steps.push({ ...fault(lossAt, backAt, cut), endsOnce: occasion("broker.unfenced", heardAfterMs) });
    // It hears nothing from the moment on at which it may be let in, or everything late.
    const deaf: Fault = { kind: "partition", from: [leader], to: [target], symmetric: false };
    const slow: Fault = { kind: "slow-link", from: target, to: leader, extraMs: span(random, 50, 1500) };
    if (isLetIn && random.chance(3, 4))
      steps.push({ ...fault(backAt, untilMs, deaf), once: occasion("isr.expand-requested", 0, partition) });
    else steps.push(fault(lossAt, untilMs, slow));

    const last: Fault = random.chance(1, 2) ? loss(random, leader) : { kind: "shutdown", target: leader };
    const lossOfLeader = fault(leaderLossAt, leaderLossAt + span(random, 3000, 15_000), last);
    // The last thing: what the leader believes by then is what it has answered.
    const lossAfterMs = Math.max(echoAfterMs, staysAway ? 0 : otherAfterMs) + span(random, 2, 300);
    steps.push(isLetIn ? { ...lossOfLeader, atMs: backAt, once: onceLetIn(lossAfterMs) } : lossOfLeader);
    return steps;
  },
} as const satisfies Readonly<Record<string, Motif>>;

function occasion(event: OccasionEvent, afterMs: number, of: Partial<SomePartition> = {}): Occasion {
  return { event, ...of, ...(afterMs === 0 ? {} : { afterMs }) };
}
