// What is sent again under a new producer epoch may be written twice and out of order: no broker could tell.

import { expect, test } from "vitest";
import { CheckerPanel, type Guarantee } from "../../sim/checkers/index.js";
import type { UnstampedEvent } from "../../sim/trace/format.js";
import { TraceRecorder } from "../../sim/trace/recorder.js";

const TP = { topic: "orders", partition: 0 } as const;
const CLIENT = 1002;

const batchSent = (recordId: number, producerEpoch: number, baseSequence: number): UnstampedEvent => ({
  type: "producer.batch-sent",
  ...TP,
  firstRecordId: recordId,
  lastRecordId: recordId,
  attempt: 0,
  producerId: 0,
  producerEpoch,
  baseSequence,
});
const acknowledged = (recordId: number, offset: number): UnstampedEvent => ({
  type: "producer.acknowledged",
  recordId,
  ...TP,
  offset,
  valueHash: recordId,
  acks: -1,
});

/** What a violation of the producer's order rests on, after a history. */
function orderRestsOn(history: readonly UnstampedEvent[]): readonly (Guarantee | undefined)[] {
  const panel = new CheckerPanel();
  const recorder = new TraceRecorder(() => 0);
  panel.listenTo(recorder);
  for (const event of history) recorder.emit(CLIENT, event);
  const asked: Guarantee[] = [];
  panel.verdicts((restsOn) => void asked.push(restsOn));
  return asked;
}

test("a record that overtakes one of its producer breaks a promise about acknowledged records", () => {
  const history = [batchSent(1, 0, 0), batchSent(2, 0, 1), acknowledged(2, 7), batchSent(1, 0, 0), acknowledged(1, 8)];
  expect(orderRestsOn(history)).toEqual(["acknowledged-records"]);
});

// A batch whose answer was lost waits to be repeated; the failure of a later one bumps the epoch, and it is sent as new.
test("if its batch was sent again under a new epoch, only a promise about known producers", () => {
  const history = [batchSent(1, 0, 0), batchSent(2, 0, 1), acknowledged(2, 7), batchSent(1, 1, 0), acknowledged(1, 8)];
  expect(orderRestsOn(history)).toEqual(["known-producer"]);
});

test("a new process of the client counts its records anew", () => {
  const restarted = [
    batchSent(1, 0, 0),
    { type: "process.started", name: "producer-1", incarnation: 2 } as const,
    batchSent(1, 1, 0),
  ];
  const history = [...restarted, batchSent(2, 1, 1), acknowledged(2, 7), acknowledged(1, 8)];
  expect(orderRestsOn(history)).toEqual(["acknowledged-records"]);
});
