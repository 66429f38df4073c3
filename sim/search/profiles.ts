// Profiles: what is drawn how often when one part of Kafka is to be put under stress, and the work that a run must
// have done to prove anything. Weights are shares of one draw; a list is drawn from evenly, so repetition is weight.

import type { Seen } from "../report/seen.js";
import type { Weights } from "./draw-tools.js";

/** A kind of message that may be held up. */
export interface HeldMessage {
  readonly api: string;
  readonly message: "request" | "response";
  /** The servers exchange it; clients too unless told. */
  readonly between?: "servers";
}

export interface Profile {
  /** What it stresses, in one sentence. */
  readonly about: string;
  readonly brokers: readonly number[];
  readonly controllers: readonly number[];
  readonly partitions: readonly number[];
  readonly replicationFactors: readonly number[];
  readonly secondTopic: readonly [numerator: number, denominator: number];
  readonly compactedTopic: readonly [numerator: number, denominator: number];
  readonly producers: readonly number[];
  readonly acks: readonly ("all" | "1" | "0")[];
  readonly consumers: readonly number[];
  /** Do two static members sometimes come under one name (`group.instance.id`)? */
  readonly twins?: boolean;
  /** How often each kind of server is aimed at. */
  readonly aims: Weights;
  /** Kinds of faults; see draw-faults.ts. */
  readonly faults: Weights;
  /** Kinds of messages that are held up, as "api kind". */
  readonly holds: Weights;
  /** What people ask of the cluster meanwhile; see draw-disturbances.ts. */
  readonly disturbances: Weights;
  /** Patterns of trouble; see motifs.ts. */
  readonly motifs: Weights;
  readonly durationsMs: readonly number[];
  readonly recordsPerSecond: readonly number[];
  /** Records that are sent at the same moment: single ones cost far more than they show where there are thousands. */
  readonly atOnce: readonly number[];
  /** `max.poll.records`; undefined for Kafka's default. */
  readonly pollRecords: readonly (number | undefined)[];
  /** What must have been seen for the run to count as one that passed. */
  readonly minimumWork: Readonly<Partial<Record<keyof Seen, number>>>;
}

const ALL_FAULTS: Weights = {
  crash: 2,
  "power-loss": 2,
  shutdown: 2,
  restart: 3,
  pause: 2,
  isolate: 2,
  partition: 2,
  "slow-link": 2,
  "reset-connections": 1,
  "refuse-connections": 1,
  "slow-disk": 1,
  "rack-power-loss": 1,
  "rolling-restart": 1,
  "crash-loop": 1,
  "wipe-disk": 1,
  "full-disk": 1,
  "disk-error": 1,
  "client-crash": 1,
  "client-pause": 1,
  "client-leave": 1,
  "clock-step": 1,
  "clock-skew": 1,
  "clock-drift": 1,
};

const ALL_HOLDS: Weights = {
  "Fetch request": 3,
  "Fetch response": 3,
  "Produce request": 1,
  "Produce response": 1,
  "AlterPartition request": 2,
  "AlterPartition response": 2,
  "BrokerHeartbeat request": 1,
  "OffsetForLeaderEpoch response": 1,
  "OffsetCommit request": 1,
  "OffsetCommit response": 1,
  "JoinGroup response": 1,
  "SyncGroup request": 1,
  "SyncGroup response": 1,
  "Heartbeat response": 1,
  "Vote response": 1,
  "ListOffsets response": 1,
};

const ALL_DISTURBANCES: Weights = {
  "create-topic": 2,
  "delete-topic": 2,
  "add-partitions": 1,
  "alter-topic": 1,
  "elect-preferred": 3,
  reassign: 2,
  "ask-end-offsets": 3,
  burst: 2,
  // Going back weakens what checkers can claim of deliveries, so it is rare.
  "seek-back": 1,
};

const ALL_MOTIFS: Weights = {
  "lose-leader-after-isr-change": 2,
  "hold-while-leader-moves": 2,
  "cut-move-heal": 2,
  "restart-together": 2,
  "power-loss-together": 1,
  "slow-follower-then-leader-loss": 2,
  "leader-ping-pong": 2,
  "leader-there-and-back": 2,
  "stale-metadata": 2,
  "news-out-of-order": 2,
  "last-replica-standing": 2,
  "leaders-fall-in-turn": 2,
  "wipe-while-joining": 2,
  "late-echo": 2,
  "client-stalls": 2,
  "lost-answers": 1,
  "late-request": 1,
  purge: 2,
  maintenance: 2,
  "coordinator-moves": 1,
  "controller-trouble": 1,
};

const MIXED: Profile = {
  about: "A bit of everything.",
  brokers: [3, 3, 4, 5],
  controllers: [3, 3, 3, 1],
  partitions: [1, 2, 3, 4],
  replicationFactors: [3, 3, 2],
  secondTopic: [2, 3],
  compactedTopic: [1, 3],
  producers: [1, 2, 3],
  acks: ["all", "all", "all", "1", "0"],
  consumers: [1, 2, 3],
  aims: { leader: 3, follower: 3, coordinator: 1, broker: 2, "active-controller": 1, controller: 1 },
  faults: ALL_FAULTS,
  holds: ALL_HOLDS,
  disturbances: ALL_DISTURBANCES,
  motifs: ALL_MOTIFS,
  durationsMs: [30_000],
  recordsPerSecond: [100],
  atOnce: [1, 5, 5, 20, 20, 20, 50, 50],
  pollRecords: [25, undefined],
  minimumWork: { recordsAcknowledged: 100, recordsDelivered: 100 },
};

/** Only the named weights of a table, as they are there. */
function only(weights: Weights, names: readonly string[]): Weights {
  return Object.fromEntries(names.map((name) => [name, weights[name] ?? 1]));
}

/** How records travel where there are few of them: one by one, too. */
const FEW_RECORDS = { atOnce: [1, 5, 20, 50], pollRecords: [5, undefined] } as const;

const REPLICATION: Profile = {
  ...MIXED,
  about: "Followers, leaders, the ISR and truncation: few partitions, leaders that move, little else.",
  brokers: [3, 3, 4],
  controllers: [1, 1, 3],
  partitions: [1, 1, 2],
  replicationFactors: [3, 3, 2],
  secondTopic: [0, 1],
  compactedTopic: [0, 1],
  producers: [1, 2],
  acks: ["all", "all", "all", "1"],
  consumers: [0, 1],
  aims: { leader: 3, follower: 3, broker: 1 },
  faults: only(ALL_FAULTS, [
    "crash",
    "power-loss",
    "shutdown",
    "restart",
    "pause",
    "isolate",
    "partition",
    "slow-link",
    "reset-connections",
    "crash-loop",
    "wipe-disk",
  ]),
  holds: only(ALL_HOLDS, [
    "Fetch request",
    "Fetch response",
    "Produce response",
    "AlterPartition request",
    "AlterPartition response",
    "OffsetForLeaderEpoch response",
    "ListOffsets response",
  ]),
  disturbances: only(ALL_DISTURBANCES, ["elect-preferred", "reassign", "burst", "ask-end-offsets", "alter-topic"]),
  motifs: only(ALL_MOTIFS, [
    "lose-leader-after-isr-change",
    "hold-while-leader-moves",
    "cut-move-heal",
    "restart-together",
    "slow-follower-then-leader-loss",
    "leader-ping-pong",
    "leader-there-and-back",
    "stale-metadata",
    "news-out-of-order",
    "last-replica-standing",
    "leaders-fall-in-turn",
    "wipe-while-joining",
    "late-echo",
    "maintenance",
  ]),
  durationsMs: [20_000, 20_000, 40_000],
  recordsPerSecond: [10, 20, 50],
  ...FEW_RECORDS,
  minimumWork: { recordsAcknowledged: 20, leaderElections: 1, faults: 1 },
};

const QUORUM: Profile = {
  ...MIXED,
  about: "The controllers: elections, pre-vote, check-quorum, snapshots, and what brokers hear of it.",
  brokers: [3],
  controllers: [3, 3, 5],
  secondTopic: [0, 1],
  compactedTopic: [0, 1],
  producers: [1],
  acks: ["all"],
  consumers: [0, 1],
  aims: { "active-controller": 4, controller: 4, leader: 1, broker: 1 },
  faults: only(ALL_FAULTS, [
    "crash",
    "power-loss",
    "shutdown",
    "restart",
    "pause",
    "isolate",
    "partition",
    "slow-link",
    "reset-connections",
    "refuse-connections",
    "slow-disk",
    "crash-loop",
    "full-disk",
    "clock-drift",
  ]),
  holds: {
    "Vote request": 2,
    "Vote response": 2,
    "Fetch request": 2,
    "Fetch response": 2,
    "BeginQuorumEpoch request": 2,
    "BrokerHeartbeat request": 1,
    "AlterPartition request": 1,
    "FetchSnapshot response": 1,
  },
  disturbances: only(ALL_DISTURBANCES, [
    "create-topic",
    "delete-topic",
    "elect-preferred",
    "reassign",
    "add-partitions",
  ]),
  motifs: {
    ...only(ALL_MOTIFS, ["stale-metadata", "restart-together", "cut-move-heal"]),
    "controller-trouble": 6,
  },
  // Long: who leads without knowing better may do so for half a minute.
  durationsMs: [60_000],
  recordsPerSecond: [2, 5],
  ...FEW_RECORDS,
  minimumWork: { recordsAcknowledged: 20, quorumElections: 2, faults: 1 },
};

const GROUPS: Profile = {
  ...MIXED,
  about: "Consumer groups: members that stall, crash, leave and come late, and coordinators that move.",
  brokers: [3],
  controllers: [1],
  compactedTopic: [0, 1],
  producers: [1],
  acks: ["all"],
  consumers: [2, 3],
  twins: true,
  aims: { coordinator: 4, leader: 1, broker: 1 },
  faults: {
    ...only(ALL_FAULTS, ["restart", "crash", "pause", "isolate", "slow-link", "reset-connections", "power-loss"]),
    "client-crash": 5,
    "client-pause": 5,
    "client-leave": 3,
  },
  holds: only(ALL_HOLDS, [
    "OffsetCommit request",
    "OffsetCommit response",
    "JoinGroup response",
    "SyncGroup request",
    "SyncGroup response",
    "Heartbeat response",
  ]),
  disturbances: only(ALL_DISTURBANCES, ["elect-preferred", "add-partitions", "ask-end-offsets"]),
  motifs: only(ALL_MOTIFS, [
    "client-stalls",
    "coordinator-moves",
    "cut-move-heal",
    "hold-while-leader-moves",
    "restart-together",
  ]),
  durationsMs: [25_000],
  recordsPerSecond: [20, 50],
  ...FEW_RECORDS,
  minimumWork: { recordsDelivered: 100, rebalances: 2, faults: 1 },
};

const POWER: Profile = {
  ...MIXED,
  about: "Disks: power that fails at one machine, at a rack, at several at once; full, slow and failing disks.",
  controllers: [1, 3],
  consumers: [0, 1],
  faults: only(ALL_FAULTS, [
    "power-loss",
    "rack-power-loss",
    "wipe-disk",
    "full-disk",
    "disk-error",
    "slow-disk",
    "restart",
  ]),
  motifs: only(ALL_MOTIFS, [
    "power-loss-together",
    "last-replica-standing",
    "slow-follower-then-leader-loss",
    "lose-leader-after-isr-change",
    "wipe-while-joining",
    "late-echo",
    "restart-together",
  ]),
  durationsMs: [15_000],
  recordsPerSecond: [10, 50],
  ...FEW_RECORDS,
  minimumWork: { recordsAcknowledged: 20, faults: 1, leaderElections: 1 },
};

const CLOCKS: Profile = {
  ...MIXED,
  about: "Clocks that step, run off and drift, under retention, sessions and leases.",
  faults: {
    ...only(ALL_FAULTS, ["pause", "restart", "client-pause"]),
    "clock-step": 4,
    "clock-skew": 4,
    "clock-drift": 4,
  },
  minimumWork: { recordsAcknowledged: 100, faults: 1 },
};

const NETWORK: Profile = {
  ...MIXED,
  about: "The network: cut, one way, slow, reset, refusing, and messages that come late.",
  faults: only(ALL_FAULTS, ["isolate", "partition", "slow-link", "reset-connections", "refuse-connections", "pause"]),
  motifs: only(ALL_MOTIFS, [
    "cut-move-heal",
    "hold-while-leader-moves",
    "stale-metadata",
    "lost-answers",
    "late-request",
    "purge",
    "slow-follower-then-leader-loss",
    "controller-trouble",
  ]),
  // Rare records too: a broker forgets a producer that is silent for longer than its records are kept.
  recordsPerSecond: [5, 20, 100],
  minimumWork: { recordsAcknowledged: 100, faults: 1 },
};

/** Every profile, by name. */
export const PROFILES = {
  mixed: MIXED,
  replication: REPLICATION,
  quorum: QUORUM,
  groups: GROUPS,
  power: POWER,
  clocks: CLOCKS,
  network: NETWORK,
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof PROFILES;

/** All names, the mixed one first. */
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];
