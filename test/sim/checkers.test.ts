// Every checker fires on a history made wrong on purpose, and stays silent on the same history made right.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Errors, type ErrorCode } from "../../core/errors.js";
import { CHECKERS, CheckerPanel, type EndView, type StoredRecord } from "../../sim/checkers/index.js";
import type { UnstampedEvent } from "../../sim/trace/format.js";
import { TraceRecorder } from "../../sim/trace/recorder.js";

const TP = { topic: "orders", partition: 0 } as const;

/** A history: node and event, in order. */
type History = readonly (readonly [node: number, event: UnstampedEvent])[];

const EMPTY_VIEW: EndView = {
  healed: true,
  partitions: [],
  records: () => [],
  logStartOffset: () => 0,
  pendingSends: [],
  groups: [],
};

/** A view in which broker 1 leads orders-0 and its disk holds these value hashes from offset 0 on. */
function viewOf(valueHashes: readonly number[], changes: Partial<EndView> = {}): EndView {
  const records: StoredRecord[] = valueHashes.map((valueHash, offset) => ({ offset, leaderEpoch: 0, valueHash }));
  return {
    ...EMPTY_VIEW,
    partitions: [{ ...TP, leader: 1, replicas: [1, 2], isr: [1, 2], isInternal: false, isCompacted: false }],
    records: () => records,
    ...changes,
  };
}

/** Names of the checkers that the history violates. */
function violated(history: History, view: EndView = EMPTY_VIEW): readonly string[] {
  const panel = new CheckerPanel();
  let atUs = 0;
  const recorder = new TraceRecorder(() => (atUs += 1000));
  panel.listenTo(recorder);
  for (const [node, event] of history) recorder.emit(node, event);
  return panel
    .end(view)
    .filter(({ violations }) => violations > 0)
    .map(({ checker }) => checker);
}

function appended(offset: number, crc: number, leaderEpoch = 0, topic: string = TP.topic): UnstampedEvent {
  return {
    type: "log.appended",
    topic,
    partition: 0,
    origin: "leader",
    baseOffset: offset,
    lastOffset: offset,
    leaderEpoch,
    crc,
    sizeBytes: 100,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    isControl: false,
  };
}

function highWatermark(to: number, role: "leader" | "follower" = "leader", from = 0): UnstampedEvent {
  return {
    type: to >= from ? "high-watermark.advanced" : "high-watermark.lowered",
    ...TP,
    role,
    leaderEpoch: 0,
    from,
    highWatermark: to,
  };
}

function becameLeader(leaderEpoch: number, isr: readonly number[] = [1, 2]): UnstampedEvent {
  return {
    type: "partition.became-leader",
    ...TP,
    leaderEpoch,
    partitionEpoch: leaderEpoch,
    isr,
    logEndOffset: 0,
    highWatermark: 0,
  };
}

function changed(leaderEpoch: number, partitionEpoch: number, isr: readonly number[] = [1, 2]): UnstampedEvent {
  return {
    type: "partition.changed",
    ...TP,
    leader: isr[0] ?? -1,
    leaderEpoch,
    partitionEpoch,
    replicas: [1, 2],
    isr,
    elr: [],
    reason: "isr-change",
  };
}

function refused(leaderEpoch: number, partitionEpoch: number, error: ErrorCode): UnstampedEvent {
  return { type: "isr.change-refused", ...TP, leaderEpoch, partitionEpoch, error };
}

function sent(recordId: number, valueHash: number): UnstampedEvent {
  return { type: "producer.send", recordId, ...TP, valueHash };
}

function acknowledged(recordId: number, offset: number, valueHash: number): UnstampedEvent {
  return { type: "producer.acknowledged", recordId, ...TP, offset, valueHash, acks: -1 };
}

const BATCH_SENT: UnstampedEvent = {
  type: "producer.batch-sent",
  ...TP,
  firstRecordId: 0,
  lastRecordId: 0,
  attempt: 0,
  producerId: 7,
  producerEpoch: 0,
  baseSequence: 0,
};

function delivered(offset: number, valueHash: number): UnstampedEvent {
  return { type: "consumer.delivered", group: "g", ...TP, offset, leaderEpoch: 0, valueHash };
}

function assigned(memberId: string, generationId: number): UnstampedEvent {
  return { type: "consumer.assigned", group: "g", memberId, generationId, partitions: ["orders-0"] };
}

function committed(offset: number, generationId: number): UnstampedEvent {
  return { type: "group.offset-committed", group: "g", ...TP, offset, generationId, memberId: "m" };
}

function processed(offset: number): readonly [number, UnstampedEvent] {
  return [9, { type: "application.processed", group: "g", ...TP, offset }];
}

/** A consumer of group g began at the start of the log. */
const BEGUN: History = [
  [9, { type: "consumer.position-reset", group: "g", ...TP, from: -1, to: 0, reason: "earliest" }],
];

function group(to: string, generationId: number): UnstampedEvent {
  return { type: "group.transitioned", group: "g", from: "Stable", to, generationId, members: [], reason: "test" };
}

function quorumLeader(epoch: number): UnstampedEvent {
  return { type: "quorum.transitioned", from: "Candidate", to: "Leader", epoch, leaderId: -1, votedId: -1 };
}

function message(type: "message.sent" | "message.delivered", id: number): UnstampedEvent {
  const common = { id, connection: 1, from: 1, to: 2, apiKey: 1, correlationId: id };
  return type === "message.delivered"
    ? { type, ...common }
    : { type, ...common, kind: "request", apiVersion: 17, sizeBytes: 10, body: {} };
}

function fetchSent(from: number, to: number): UnstampedEvent {
  return { ...message("message.sent", 1), from, to } as UnstampedEvent;
}

const META = "__cluster_metadata";

function quorum(to: string, epoch: number, leaderId = -1): UnstampedEvent {
  return { type: "quorum.transitioned", from: "Unattached", to, epoch, leaderId, votedId: -1 };
}

const HEARD: UnstampedEvent = { type: "quorum.high-watermark-advanced", epoch: 1, highWatermark: 5 };

/** Controller 101 leads the quorum in epoch 1, with the votes of 102 and 103. */
const QUORUM: History = [
  [102, { type: "quorum.vote-answered", candidate: 101, epoch: 1, granted: true, preVote: false }],
  [103, { type: "quorum.vote-answered", candidate: 101, epoch: 1, granted: true, preVote: false }],
  [101, quorum("Leader", 1, 101)],
];

/** More than thirty seconds of a quiet quorum. */
const LATER: History = Array.from({ length: 30_100 }, () => [103, HEARD] as const);

/** Broker 1 leads with broker 2 in sync; broker 3, the third replica, is fenced. */
const SHUT_OUT: History = [
  [101, { type: "controller.activated", epoch: 1 }],
  [101, { ...changed(0, 1, [1, 2]), replicas: [1, 2, 3] } as UnstampedEvent],
  [101, { type: "quorum.high-watermark-advanced", epoch: 1, highWatermark: 10 }],
  [101, { type: "broker.fenced", brokerId: 3, brokerEpoch: 5 }],
  [1, { type: "metadata.applied", offset: 9, epoch: 1 }],
  [1, becameLeader(0, [1, 2])],
];

interface Case {
  readonly checker: string;
  readonly wrong: readonly [History, EndView?];
  readonly right: readonly [History, EndView?];
}

const CASES: readonly Case[] = [
  {
    checker: "acknowledged-records-survive",
    wrong: [
      [
        [9, sent(0, 11)],
        [9, acknowledged(0, 0, 11)],
      ],
      viewOf([]),
    ],
    right: [
      [
        [9, sent(0, 11)],
        [9, acknowledged(0, 0, 11)],
      ],
      viewOf([11]),
    ],
  },
  {
    checker: "committed-never-lost",
    wrong: [
      [
        [1, becameLeader(0)],
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        [1, highWatermark(1)],
        [3, becameLeader(1)],
      ],
    ],
    right: [
      [
        [1, becameLeader(0)],
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        [1, highWatermark(1)],
        [3, appended(0, 5)],
        [2, becameLeader(2)],
        [2, appended(1, 6, 2)],
        [2, { ...highWatermark(2), leaderEpoch: 2 } as UnstampedEvent],
        // It learns late that it was elected: its successor has committed meanwhile.
        [3, becameLeader(1)],
      ],
    ],
  },
  {
    checker: "replicas-agree",
    wrong: [
      [
        [1, appended(0, 5)],
        [1, highWatermark(1)],
        [2, appended(0, 6)],
        [2, highWatermark(1, "follower")],
      ],
    ],
    right: [
      [
        [1, appended(0, 5)],
        [1, highWatermark(1)],
        [2, appended(0, 5)],
        [2, highWatermark(1, "follower")],
      ],
    ],
  },
  {
    checker: "weak-isr",
    wrong: [
      [
        [1, becameLeader(0, [1, 2])],
        [1, appended(0, 5)],
        [1, highWatermark(1)],
      ],
    ],
    right: [
      [
        [101, changed(0, 0)],
        [1, becameLeader(0, [1, 2])],
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        [1, highWatermark(1)],
        // Broker 2 is moved away and drops its log, before the leader hears of it.
        [101, { ...changed(0, 1, [1]), replicas: [1] } as UnstampedEvent],
        [2, { type: "log.deleted", ...TP }],
        [1, appended(1, 6)],
        [1, highWatermark(2)],
      ],
    ],
  },
  {
    checker: "weak-isr",
    wrong: [
      [
        [101, { ...changed(0, 1, [1]), replicas: [1] } as UnstampedEvent],
        [101, changed(0, 2, [1])],
        [1, { ...becameLeader(0, [1, 2]), partitionEpoch: 3 } as UnstampedEvent],
        [1, appended(0, 5)],
        [1, highWatermark(1)],
      ],
    ],
    right: [
      [
        // It is moved away, and given the partition again, before the leader hears of any of it.
        [101, changed(0, 0)],
        [1, becameLeader(0, [1, 2])],
        [101, { ...changed(0, 1, [1]), replicas: [1] } as UnstampedEvent],
        [101, changed(0, 2, [1])],
        [1, appended(0, 5)],
        [1, highWatermark(1)],
      ],
    ],
  },
  {
    checker: "strong-isr",
    wrong: [
      [
        [1, becameLeader(0, [1])],
        [1, appended(0, 5)],
        [1, highWatermark(1)],
        [101, changed(0, 1, [1, 2])],
      ],
    ],
    right: [
      [
        [1, becameLeader(0, [1])],
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        [1, highWatermark(1)],
        [101, changed(0, 1, [1, 2])],
      ],
    ],
  },
  {
    checker: "producer-order",
    wrong: [
      [
        [9, BATCH_SENT],
        [9, acknowledged(0, 5, 11)],
        [9, acknowledged(1, 4, 12)],
      ],
    ],
    right: [
      [
        [9, BATCH_SENT],
        [9, acknowledged(0, 4, 11)],
        [9, acknowledged(1, 5, 12)],
      ],
    ],
  },
  {
    checker: "delivery-order",
    wrong: [
      [
        [9, delivered(1, 11)],
        [9, delivered(0, 12)],
      ],
    ],
    right: [
      [
        [9, delivered(0, 12)],
        [9, delivered(1, 11)],
      ],
    ],
  },
  {
    checker: "delivered-is-committed",
    wrong: [
      [
        [1, highWatermark(1)],
        [2, highWatermark(2, "follower")],
        [9, delivered(0, 11)],
        [9, delivered(1, 12)],
      ],
    ],
    right: [
      [
        [1, highWatermark(2)],
        [9, delivered(0, 11)],
        [9, delivered(1, 12)],
      ],
    ],
  },
  {
    checker: "nothing-skipped",
    wrong: [
      [
        [9, delivered(0, 11)],
        [9, delivered(2, 13)],
      ],
      viewOf([11, 12, 13]),
    ],
    right: [
      [
        [9, delivered(0, 11)],
        [10, delivered(1, 12)],
        [9, delivered(2, 13)],
      ],
      viewOf([11, 12, 13]),
    ],
  },
  {
    checker: "no-duplicates",
    wrong: [[[9, sent(0, 11)]], viewOf([11, 11])],
    right: [
      [
        [9, sent(0, 11)],
        [9, sent(1, 11)],
      ],
      viewOf([11, 11]),
    ],
  },
  {
    checker: "no-phantom-records",
    wrong: [[[9, sent(0, 11)]], viewOf([12])],
    right: [[[9, sent(0, 11)]], viewOf([11])],
  },
  {
    checker: "one-leader-per-epoch",
    wrong: [
      [
        [1, becameLeader(3)],
        [2, becameLeader(3)],
      ],
    ],
    right: [
      [
        [1, becameLeader(3)],
        [2, becameLeader(4)],
      ],
    ],
  },
  {
    checker: "epochs-rise",
    wrong: [
      [
        [101, changed(4, 9)],
        [101, changed(3, 10)],
      ],
    ],
    right: [
      [
        [101, changed(4, 9)],
        [101, changed(4, 10)],
      ],
    ],
  },
  {
    checker: "epochs-rise",
    wrong: [
      [
        [101, { type: "controller.activated", epoch: 2 }],
        [102, { type: "controller.activated", epoch: 2 }],
      ],
    ],
    right: [
      [
        [102, { type: "controller.activated", epoch: 2 }],
        // It was elected, slept, and hears only now that a majority knows.
        [101, { type: "controller.activated", epoch: 1 }],
      ],
    ],
  },
  {
    checker: "epochs-rise",
    wrong: [
      [
        [101, { type: "controller.activated", epoch: 2 }],
        [101, { type: "controller.activated", epoch: 1 }],
      ],
    ],
    right: [
      [
        [101, { type: "controller.activated", epoch: 1 }],
        [101, { type: "controller.activated", epoch: 2 }],
      ],
    ],
  },
  {
    checker: "high-watermark-rises",
    wrong: [[[1, highWatermark(3, "leader", 5)]]],
    right: [[[2, highWatermark(3, "follower", 5)]]],
  },
  {
    checker: "end-offsets-rise",
    wrong: [
      [
        [9, { type: "consumer.end-offset", ...TP, endOffset: 10 }],
        [9, { type: "consumer.end-offset", ...TP, endOffset: 7 }],
      ],
    ],
    right: [
      [
        [9, { type: "consumer.end-offset", ...TP, endOffset: 7 }],
        [9, { type: "consumer.end-offset", ...TP, endOffset: 10 }],
      ],
    ],
  },
  {
    checker: "one-quorum-leader",
    wrong: [
      [
        [101, quorumLeader(2)],
        [102, quorumLeader(2)],
      ],
    ],
    right: [
      [
        [101, quorumLeader(2)],
        [102, quorumLeader(3)],
      ],
    ],
  },
  {
    checker: "metadata-never-lost",
    wrong: [
      [
        [101, appended(0, 5, 1, META)],
        [101, { type: "quorum.high-watermark-advanced", epoch: 1, highWatermark: 1 }],
        [102, quorumLeader(2)],
      ],
    ],
    right: [
      [
        [101, appended(0, 5, 1, META)],
        [102, appended(0, 5, 1, META)],
        [101, { type: "quorum.high-watermark-advanced", epoch: 1, highWatermark: 1 }],
        [102, quorumLeader(2)],
      ],
    ],
  },
  {
    checker: "log-matching",
    wrong: [
      [
        [101, appended(0, 5, 1, META)],
        [102, appended(0, 6, 1, META)],
      ],
    ],
    right: [
      [
        [101, appended(0, 5, 1, META)],
        [102, appended(0, 6, 2, META)],
      ],
    ],
  },
  {
    checker: "one-owner",
    wrong: [
      [
        [9, assigned("a", 4)],
        [10, assigned("b", 4)],
      ],
    ],
    right: [
      [
        [9, assigned("a", 4)],
        [10, assigned("b", 5)],
      ],
    ],
  },
  {
    checker: "revoked-before-reassigned",
    wrong: [
      [
        [9, assigned("a", 4)],
        [10, assigned("b", 5)],
      ],
    ],
    right: [
      [
        [9, assigned("a", 4)],
        [9, { ...assigned("a", 4), type: "consumer.revoked" } as UnstampedEvent],
        [10, assigned("b", 5)],
      ],
    ],
  },
  {
    checker: "committed-means-processed",
    wrong: [[...BEGUN, processed(0), [1, committed(2, 1)]], viewOf([5, 6, 7])],
    right: [[...BEGUN, processed(0), processed(1), [1, committed(2, 1)]], viewOf([5, 6, 7])],
  },
  {
    checker: "fenced-generations",
    wrong: [
      [
        [1, group("Stable", 5)],
        [1, committed(3, 4)],
      ],
    ],
    right: [
      [
        [1, group("Stable", 5)],
        [1, committed(3, 5)],
      ],
    ],
  },
  {
    checker: "commits-rise",
    wrong: [
      [
        [1, committed(9, 1)],
        [1, committed(3, 1)],
      ],
    ],
    right: [
      [
        [1, committed(9, 1)],
        [9, { type: "consumer.position-reset", group: "g", ...TP, from: 9, to: 3, reason: "seek" }],
        [1, committed(3, 1)],
      ],
    ],
  },
  {
    checker: "commits-rise",
    wrong: [
      [
        [2, committed(9, 1)],
        [1, { ...becameLeader(3), topic: "__consumer_offsets" } as UnstampedEvent],
        [1, committed(3, 1)],
      ],
    ],
    right: [
      [
        [1, { ...becameLeader(1), topic: "__consumer_offsets" } as UnstampedEvent],
        [2, { ...becameLeader(2), topic: "__consumer_offsets" } as UnstampedEvent],
        [2, committed(9, 1)],
        // A deposed coordinator tells late of a commit its successor has.
        [1, committed(3, 1)],
      ],
    ],
  },
  {
    checker: "commits-survive",
    wrong: [
      [
        [9, { type: "consumer.commit-acknowledged", group: "g", ...TP, offset: 9, generationId: 1 }],
        [10, { type: "consumer.position-reset", group: "g", ...TP, from: -1, to: 4, reason: "committed" }],
      ],
    ],
    right: [
      [
        [9, { type: "consumer.commit-acknowledged", group: "g", ...TP, offset: 9, generationId: 1 }],
        [10, { type: "consumer.position-reset", group: "g", ...TP, from: -1, to: 9, reason: "committed" }],
        // Whoever goes back commits less, and may never hear that it is written.
        [10, { type: "consumer.position-reset", group: "g", ...TP, from: 9, to: 3, reason: "seek" }],
        [9, { type: "consumer.position-reset", group: "g", ...TP, from: -1, to: 5, reason: "committed" }],
      ],
    ],
  },
  {
    checker: "connections-are-reliable",
    wrong: [
      [
        [1, message("message.sent", 1)],
        [1, message("message.sent", 2)],
        [2, message("message.delivered", 2)],
      ],
    ],
    right: [
      [
        [1, message("message.sent", 1)],
        [1, message("message.sent", 2)],
        [2, message("message.delivered", 1)],
        [2, message("message.delivered", 2)],
      ],
    ],
  },
  {
    checker: "refused-for-newer-epochs",
    wrong: [
      [
        [101, changed(1, 1)],
        [1, refused(2, 1, Errors.FENCED_LEADER_EPOCH)],
      ],
    ],
    right: [
      [
        [101, changed(1, 1)],
        [101, changed(2, 3)],
        [1, refused(1, 1, Errors.FENCED_LEADER_EPOCH)],
        [1, refused(2, 2, Errors.INVALID_UPDATE_VERSION)],
        // Refused for another reason than its age.
        [1, refused(2, 3, Errors.INELIGIBLE_REPLICA)],
        // Something newer may be committed since that nobody told.
        [102, { type: "controller.activated", epoch: 2 }],
        [1, refused(2, 3, Errors.INVALID_UPDATE_VERSION)],
      ],
    ],
  },
  {
    checker: "fenced-brokers-never-lead",
    wrong: [
      [
        [101, { type: "controller.activated", epoch: 1 }],
        [101, { type: "broker.registered", brokerId: 1, brokerEpoch: 5 }],
        [101, changed(1, 1, [1])],
      ],
    ],
    right: [
      [
        [101, { type: "controller.activated", epoch: 1 }],
        [101, { type: "broker.registered", brokerId: 1, brokerEpoch: 5 }],
        [101, { type: "broker.unfenced", brokerId: 1, brokerEpoch: 5 }],
        [101, { type: "broker.registered", brokerId: 1, brokerEpoch: 5 }],
        [101, changed(1, 1, [1])],
        [101, { type: "broker.fenced", brokerId: 1, brokerEpoch: 5 }],
        // A new controller speaks of what the old one left untold.
        [102, { type: "controller.activated", epoch: 2 }],
        [102, changed(1, 2, [1])],
      ],
    ],
  },
  {
    checker: "commits-wait-for-members",
    wrong: [
      [
        ...SHUT_OUT,
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        ...LATER,
        // Another record does not excuse that the first one waited.
        [1, appended(1, 6)],
        [1, highWatermark(1)],
      ],
    ],
    right: [
      [
        ...SHUT_OUT,
        [1, appended(0, 5)],
        ...LATER,
        [2, appended(0, 5)],
        [1, highWatermark(1)],
        [1, appended(1, 6)],
        [2, appended(1, 6)],
        // Whoever may join is waited for.
        [101, { type: "broker.unfenced", brokerId: 3, brokerEpoch: 9 }],
        ...LATER,
        [1, highWatermark(2, "leader", 1)],
        [1, appended(2, 7)],
        [2, appended(2, 7)],
        // When it leaves, the leader does not look again before something else happens.
        [101, { type: "broker.fenced", brokerId: 3, brokerEpoch: 9 }],
        [1, { type: "metadata.applied", offset: 12, epoch: 1 }],
        ...LATER,
        [1, highWatermark(3, "leader", 2)],
      ],
    ],
  },
  {
    checker: "commits-wait-for-members",
    wrong: [
      [
        ...SHUT_OUT,
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        ...LATER,
        // Another partition's log, and another file of this one.
        [2, { type: "disk.flushed", path: "logs/orders-1/00000000000000000000.log", durableBytes: 70 }],
        [2, { type: "disk.flushed", path: "logs/orders-0/leader-epoch-checkpoint", durableBytes: 9 }],
        [1, highWatermark(1)],
      ],
    ],
    right: [
      [
        ...SHUT_OUT,
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        ...LATER,
        // With flush.messages a member has a record once its disk says so.
        [2, { type: "disk.flushed", path: "logs/orders-0/00000000000000000000.log", durableBytes: 70 }],
        [1, highWatermark(1)],
      ],
    ],
  },
  {
    checker: "commits-wait-for-members",
    wrong: [
      [
        ...SHUT_OUT,
        [2, fetchSent(2, 1)],
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        ...LATER,
        // Another broker's silence, and this one's towards another leader.
        [3, fetchSent(3, 1)],
        [2, fetchSent(2, 3)],
        [1, highWatermark(1)],
      ],
    ],
    right: [
      [
        ...SHUT_OUT,
        [2, fetchSent(2, 1)],
        [1, appended(0, 5)],
        [2, appended(0, 5)],
        ...LATER,
        // A member tells of it when it fetches again: another partition of the same leader was being flushed.
        [2, fetchSent(2, 1)],
        [1, highWatermark(1)],
      ],
    ],
  },
  {
    checker: "no-needless-election",
    wrong: [
      [
        ...QUORUM,
        [102, quorum("Follower", 1, 101)],
        [102, HEARD],
        [103, quorum("Prospective", 1)],
        [103, quorum("Candidate", 2)],
      ],
    ],
    right: [
      [
        ...QUORUM,
        // Before it has heard the leader, a follower may encourage another.
        [102, quorum("Follower", 1, 101)],
        [103, quorum("Prospective", 1)],
        [102, HEARD],
        [103, quorum("Candidate", 2)],
      ],
    ],
  },
  {
    checker: "deposed-leader-resigns",
    wrong: [[...QUORUM, [102, quorum("Leader", 2, 102)], ...LATER]],
    right: [
      [
        ...QUORUM,
        [101, { type: "process.paused" }],
        [102, quorum("Leader", 2, 102)],
        ...LATER,
        [101, { type: "process.resumed" }],
        [103, HEARD],
        [101, quorum("Unattached", 2)],
        ...LATER,
      ],
    ],
  },
  {
    checker: "converges",
    wrong: [
      [],
      {
        ...EMPTY_VIEW,
        partitions: [{ ...TP, leader: 1, replicas: [1, 2], isr: [1], isInternal: false, isCompacted: false }],
      },
    ],
    right: [
      [],
      {
        ...EMPTY_VIEW,
        partitions: [{ ...TP, leader: 1, replicas: [1, 2], isr: [2, 1], isInternal: false, isCompacted: false }],
      },
    ],
  },
];

describe("each checker", () => {
  test.each(CASES)("$checker fires on a wrong history and not on a right one", ({ checker, wrong, right }) => {
    expect(violated(...wrong)).toContain(checker);
    expect(violated(...right)).not.toContain(checker);
  });

  test("has such a case", () => {
    expect([...new Set(CASES.map(({ checker }) => checker))].sort()).toEqual(CHECKERS.map(({ name }) => name).sort());
  });
});

describe("the common memory of the checkers", () => {
  test("a replica that lost power is not held to the ISR's promise until it has caught up", () => {
    const history: History = [
      [1, becameLeader(0, [1, 2])],
      [1, appended(0, 5)],
      [2, appended(0, 5)],
      [1, highWatermark(1)],
      [2, { type: "log.opened", ...TP, logStartOffset: 0, logEndOffset: 0, highWatermark: 0, droppedBytes: 100 }],
      [101, changed(0, 1, [1, 2])],
    ];
    expect(violated(history)).not.toContain("strong-isr");
  });

  test("a log that was emptied to begin anew at its old end is not held to what it held before", () => {
    const history = (emptied: object): History => [
      [1, appended(0, 5)],
      [2, appended(0, 9)],
      [1, highWatermark(1)],
      [2, { type: "log.truncated", ...TP, fromOffset: 1, toOffset: 1, ...emptied }],
      [2, highWatermark(1, "follower")],
    ];
    expect(violated(history({ logStartOffset: 1 }))).not.toContain("replicas-agree");
    expect(violated(history({}))).toContain("replicas-agree");
  });

  test("a truncated and rewritten batch is compared anew", () => {
    const history: History = [
      [1, appended(0, 5)],
      [2, appended(0, 9)],
      [2, { type: "log.truncated", ...TP, fromOffset: 1, toOffset: 0 }],
      [2, appended(0, 5)],
      [1, highWatermark(1)],
      [2, highWatermark(1, "follower")],
    ];
    expect(violated(history)).not.toContain("replicas-agree");
  });
});

test("committed-means-processed: a compacted topic is left out, for replicas compact by themselves", () => {
  const history: History = [...BEGUN, processed(0), [1, committed(2, 1)]];
  const view = viewOf([5, 6, 7]);
  const compacted = { ...view, partitions: view.partitions.map((each) => ({ ...each, isCompacted: true })) };
  expect(violated(history, view)).toContain("committed-means-processed");
  expect(violated(history, compacted)).not.toContain("committed-means-processed");
});

test("committed-means-processed: what is deleted, or lies before where a group had to begin anew, nobody need process", () => {
  const history: History = [...BEGUN, processed(0), processed(2), [1, committed(3, 1)]];
  expect(violated(history, viewOf([5, 6, 7]))).toContain("committed-means-processed");
  expect(violated(history, viewOf([5, 6, 7], { logStartOffset: () => 2 }))).not.toContain("committed-means-processed");
  const again: History = [
    ...BEGUN,
    processed(0),
    [9, { type: "consumer.position-reset", group: "g", ...TP, from: -1, to: 2, reason: "latest" }],
    processed(2),
    [1, committed(3, 1)],
  ];
  expect(violated(again, viewOf([5, 6, 7]))).not.toContain("committed-means-processed");
});

test("acknowledged-records-survive: below the log's start, what was acknowledged at one offset was one record", () => {
  const view = viewOf([], { logStartOffset: () => 2 });
  const deleted: History = [
    [9, sent(0, 11)],
    [9, acknowledged(0, 0, 11)],
    [9, sent(1, 12)],
    [9, acknowledged(1, 1, 12)],
  ];
  const twice: History = [...deleted, [9, sent(2, 13)], [9, acknowledged(2, 1, 13)]];
  expect(violated(deleted, view)).not.toContain("acknowledged-records-survive");
  expect(violated(twice, view)).toContain("acknowledged-records-survive");

  // Once the log begins later, a leader can only remember a retry, which is another matter.
  const moved: UnstampedEvent = { type: "log.start-advanced", ...TP, logStartOffset: 2, reason: "retention" };
  const remembered: History = [...deleted, [1, moved], [9, sent(2, 13)], [9, acknowledged(2, 1, 13)]];
  expect(violated(remembered, view)).not.toContain("acknowledged-records-survive");
  expect(violated([...twice, [1, moved]], view)).toContain("acknowledged-records-survive");
});

describe("connections-are-reliable", () => {
  const LOST: UnstampedEvent = {
    type: "message.lost",
    id: 1,
    connection: 1,
    from: 1,
    to: 2,
    apiKey: 1,
    correlationId: 1,
  };

  test("a message that vanishes from a standing connection is reported", () => {
    expect(
      violated([
        [1, message("message.sent", 1)],
        [2, LOST],
      ]),
    ).toContain("connections-are-reliable");
  });

  const CLOSED: UnstampedEvent = { type: "connection.closed", connection: 1, from: 1, to: 2, reason: "reset" };

  test("one that a process learns of just before it learns that the connection is over is not", () => {
    const history: History = [
      [1, message("message.sent", 1)],
      [1, message("message.sent", 2)],
      [2, LOST],
    ];
    expect(violated([...history, [2, CLOSED]])).not.toContain("connections-are-reliable");
    expect(violated([...history, [2, message("message.delivered", 2)], [2, CLOSED]])).toContain(
      "connections-are-reliable",
    );
  });

  test("one behind what a paused process has yet to read is not, if its sender has crashed", () => {
    const history: History = [
      [1, message("message.sent", 1)],
      [1, message("message.sent", 2)],
      [2, { ...LOST, id: 2 }],
      [1, { type: "process.crashed", how: "crash" }],
    ];
    expect(violated([...history, [2, message("message.delivered", 1)]])).not.toContain("connections-are-reliable");
    expect(violated([...history.slice(0, 3), [2, message("message.delivered", 1)]])).toContain(
      "connections-are-reliable",
    );
    const overtaken: History = [
      ...[1, 2, 3].map((id): History[number] => [1, message("message.sent", id)]),
      [2, { ...LOST, id: 2 }],
      ...[1, 3].map((id): History[number] => [2, message("message.delivered", id)]),
      [1, { type: "process.crashed", how: "crash" }],
    ];
    expect(violated(overtaken)).toContain("connections-are-reliable");
  });

  test("a message lost with its receiver is not", () => {
    expect(
      violated([
        [1, message("message.sent", 1)],
        [2, { type: "process.crashed", how: "crash" }],
        [2, LOST],
      ]),
    ).not.toContain("connections-are-reliable");
  });
});

test("README: says how many claims a run is held to", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  expect(readme).toContain(`held to ${CHECKERS.length} claims`);
});
