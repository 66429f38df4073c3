// A leader that knows nothing of a producer takes what comes for its beginning: what came before may lie behind it.

import { expect, test } from "vitest";
import { CheckerPanel, type Guarantee } from "../../sim/checkers/index.js";
import type { UnstampedEvent } from "../../sim/trace/format.js";
import { TraceRecorder } from "../../sim/trace/recorder.js";

const TP = { topic: "orders", partition: 0 } as const;
const CLIENT = 1002;
type Told = readonly [node: number, event: UnstampedEvent];

const appended = (node: number, baseSequence: number, baseOffset: number, origin: "leader" | "follower"): Told => [
  node,
  {
    type: "log.appended",
    ...TP,
    origin,
    baseOffset,
    lastOffset: baseOffset,
    leaderEpoch: 1,
    crc: baseSequence,
    sizeBytes: 70,
    producerId: 7,
    producerEpoch: 0,
    baseSequence,
    isControl: false,
  },
];
const sent = (recordId: number): Told => [
  CLIENT,
  {
    type: "producer.batch-sent",
    ...TP,
    firstRecordId: recordId,
    lastRecordId: recordId,
    attempt: 0,
    producerId: 7,
    producerEpoch: 0,
    baseSequence: recordId,
  },
];
const acknowledged = (recordId: number, offset: number): Told => [
  CLIENT,
  { type: "producer.acknowledged", recordId, ...TP, offset, valueHash: recordId, acks: -1 },
];

/** Record 0 reached the leader 3; record 5 goes to broker 1, which leads after it; record 0 comes again behind it. */
function orderRestsOn(onBroker1: readonly Told[]): readonly Guarantee[] {
  const panel = new CheckerPanel();
  const recorder = new TraceRecorder(() => 0);
  panel.listenTo(recorder);
  const history = [
    sent(0),
    appended(3, 0, 0, "leader"),
    sent(5),
    ...onBroker1,
    appended(1, 5, 1, "leader"),
    acknowledged(5, 1),
    sent(0),
    appended(1, 0, 2, "leader"),
    acknowledged(0, 2),
  ];
  for (const [node, event] of history) recorder.emit(node, event);
  const asked: Guarantee[] = [];
  panel.verdicts((restsOn) => void asked.push(restsOn));
  return asked;
}

const COPIED = appended(1, 0, 0, "follower");

test("a leader that never had the producer's first batch, though a lost one had it", () => {
  expect(orderRestsOn([])).toEqual(["known-producer"]);
});

test("a leader that has it must see the gap", () => {
  expect(orderRestsOn([COPIED])).toEqual(["acknowledged-records"]);
});

test("what was truncated, or did not survive a restart, is not known any more", () => {
  const truncated: Told = [1, { type: "log.truncated", ...TP, fromOffset: 1, toOffset: 0 }];
  const reopened: Told = [
    1,
    { type: "log.opened", ...TP, logStartOffset: 0, logEndOffset: 0, highWatermark: 0, droppedBytes: 70 },
  ];
  expect(orderRestsOn([COPIED, truncated])).toEqual(["known-producer"]);
  expect(orderRestsOn([COPIED, reopened])).toEqual(["known-producer"]);
});

test("a log emptied to begin elsewhere forgets; a restart that lost nothing does not", () => {
  const emptied: Told = [1, { type: "log.truncated", ...TP, fromOffset: 1, toOffset: 1, logStartOffset: 1 }];
  const reopened: Told = [
    1,
    { type: "log.opened", ...TP, logStartOffset: 0, logEndOffset: 1, highWatermark: 0, droppedBytes: 0 },
  ];
  expect(orderRestsOn([COPIED, emptied])).toEqual(["known-producer"]);
  expect(orderRestsOn([COPIED, reopened])).toEqual(["acknowledged-records"]);
});

test("retention makes no broker forget a producer before it starts again", () => {
  const deleted: Told = [1, { type: "log.start-advanced", ...TP, logStartOffset: 1, reason: "retention" }];
  const reopened: Told = [
    1,
    { type: "log.opened", ...TP, logStartOffset: 1, logEndOffset: 1, highWatermark: 1, droppedBytes: 0 },
  ];
  expect(orderRestsOn([COPIED, deleted])).toEqual(["acknowledged-records"]);
  expect(orderRestsOn([COPIED, deleted, reopened])).toEqual(["known-producer"]);
});
