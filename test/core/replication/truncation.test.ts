import fc from "fast-check";
import { expect, test } from "vitest";
import { truncationOffset } from "../../../core/replication/truncation.js";
import { registration, TestBroker, TestCluster } from "./support.js";

/** A log as its epochs, oldest first, and its end; looked up as LeaderEpochCache does. */
function logOf(entries: readonly (readonly [epoch: number, startOffset: number])[], logEndOffset: number) {
  return {
    logEndOffset,
    endOffsetForEpoch(epoch: number) {
      if (entries.at(-1)?.[0] === epoch) return { epoch, endOffset: logEndOffset };
      const higher = entries.find(([other]) => other > epoch);
      if (higher === undefined) return undefined;
      const floor = entries.filter(([other]) => other <= epoch).at(-1);
      return { epoch: floor?.[0] ?? epoch, endOffset: higher[1] };
    },
  };
}

test("KIP-101: leader knows the epoch → truncate to min(leader's end, own end of that epoch, LEO)", () => {
  expect(truncationOffset(logOf([[0, 0]], 5), { epoch: 0, endOffset: 3 })).toBe(3);
  expect(truncationOffset(logOf([[0, 0]], 2), { epoch: 0, endOffset: 3 })).toBe(2);
  expect(
    truncationOffset(
      logOf(
        [
          [0, 0],
          [1, 2],
        ],
        5,
      ),
      { epoch: 0, endOffset: 4 },
    ),
  ).toBe(2);
});

test("KIP-279: follower lacks the epoch → truncate to the end of its largest epoch below it and ask again", () => {
  const follower = logOf(
    [
      [0, 0],
      [2, 1],
    ],
    2,
  );
  expect(truncationOffset(follower, { epoch: 1, endOffset: 3 })).toBe(1);
});

test("no epoch known up to the leader's answer → the leader's end offset, at most LEO", () => {
  expect(truncationOffset(logOf([], 5), { epoch: 1, endOffset: 3 })).toBe(3);
  expect(truncationOffset(logOf([], 2), { epoch: 1, endOffset: 3 })).toBe(2);
});

interface Write {
  readonly epoch: number;
  readonly id: string;
}

/** Epoch entries of a log, as its records tell them. */
function entriesOf(log: readonly Write[]): (readonly [number, number])[] {
  return log.flatMap(({ epoch }, offset) => (epoch === log[offset - 1]?.epoch ? [] : [[epoch, offset] as const]));
}

function commonPrefix(a: readonly Write[], b: readonly Write[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length]!.id === b[length]!.id) length++;
  return length;
}

test("repeated until the histories agree, the computation ends at their longest common prefix (property)", () => {
  // Any history Kafka could have had: each epoch has one leader, which writes on top of what it holds; somebody may
  // follow it for a while. Who leads next is free, as with unclean elections and slow news.
  const step = fc.record({
    leader: fc.integer({ min: 0, max: 2 }),
    writes: fc.integer({ min: 0, max: 3 }),
    follower: fc.integer({ min: 0, max: 2 }),
    copies: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const logs: Write[][] = [[], [], []];
      steps.forEach(({ leader, writes, follower, copies }, epoch) => {
        const leading = logs[leader]!;
        for (let i = 0; i < writes; i++) leading.push({ epoch, id: `${epoch}:${leading.length}` });
        if (follower === leader) return;
        const shared = commonPrefix(leading, logs[follower]!);
        logs[follower] = leading.slice(0, shared + copies);
      });
      const lastStep = steps.length - 1;
      const leading = logs[steps[lastStep]!.leader]!;
      const newEpoch = [lastStep + 1, leading.length] as const;
      const leader = logOf([...entriesOf(leading), newEpoch], leading.length);
      for (const log of logs) {
        let own = [...log];
        for (let round = 0; round <= steps.length + 1 && own.length > 0; round++) {
          const lastFetchedEpoch = own.at(-1)!.epoch;
          const answer = leader.endOffsetForEpoch(lastFetchedEpoch)!;
          if (answer.epoch === lastFetchedEpoch && answer.endOffset >= own.length) break;
          own = own.slice(0, truncationOffset(logOf(entriesOf(own), own.length), answer));
        }
        expect(own.length).toBe(commonPrefix(log, leading));
      }
    }),
    { numRuns: 500 },
  );
});

/** Two brokers that replicate `orders-0`; the test decides who leads and what each has heard. */
function pair(): { cluster: TestCluster; a: TestBroker; b: TestBroker } {
  const cluster = new TestCluster([1, 2]);
  return { cluster, a: new TestBroker(1, cluster), b: new TestBroker(2, cluster) };
}

const epoch = (leaderEpoch: number, leader: number) =>
  registration({ leader, leaderEpoch, partitionEpoch: leaderEpoch, replicas: [1, 2], isr: [1, 2] });

function historyOf(broker: TestBroker): number[] {
  const epochs: number[] = [];
  const log = broker.partition().log!;
  for (let offset = 0; offset < log.logEndOffset; offset++) epochs.push(log.epochForOffset(offset)!);
  return epochs;
}

test("follower appends what its leader sent, with offsets and epochs as they are; HW follows a fetch later", () => {
  const { a, b } = pair();
  a.learn(epoch(0, 1));
  b.learn(epoch(0, 1));
  b.carryTo(a);
  a.produce(["a", "b"], 1);
  expect(b.partition().logEndOffset).toBe(2);
  expect([a.partition().highWatermark, b.partition().highWatermark]).toEqual([0, 0]);
  b.carryTo(a);
  expect(a.partition().highWatermark).toBe(2);
  a.produce(["c"], 1);
  expect(b.partition().highWatermark).toBe(2);
  expect(historyOf(b)).toEqual([0, 0, 0]);
});

test("KIP-279 (M3): fast leader changes leave no divergence — A(0), B leads 1, A leads 2, B leads 3", () => {
  const { a, b } = pair();
  a.learn(epoch(0, 1));
  b.learn(epoch(0, 1));
  b.carryTo(a);
  a.produce(["x0"], 1);
  b.learn(epoch(1, 2));
  b.produce(["b1"], 1);
  b.produce(["b2"], 1);
  a.learn(epoch(2, 1));
  a.produce(["a1"], 1);
  b.learn(epoch(3, 2));
  b.produce(["b3"], 1);
  a.learn(epoch(3, 2));
  expect(historyOf(a)).toEqual([0, 2]);
  a.catchUp(b);
  expect(historyOf(b)).toEqual([0, 1, 1, 3]);
  expect(historyOf(a)).toEqual([0, 1, 1, 3]);
});

test("KIP-101 (M1): a follower does not truncate to its watermark, so an acknowledged record survives", () => {
  const { a, b } = pair();
  a.learn(epoch(0, 1));
  b.learn(epoch(0, 1));
  b.carryTo(a);
  a.produce(["x0", "x1"], 1);
  expect([b.partition().logEndOffset, b.partition().highWatermark]).toEqual([2, 0]);
  b.learn(epoch(1, 1));
  a.learn(epoch(1, 1));
  expect(b.partition().logEndOffset).toBe(2);
  b.learn(epoch(2, 2));
  expect(historyOf(b)).toEqual([0, 0]);
});

test("an epoch without records is no ground for truncation: the old leader returns and keeps the shared log", () => {
  const { a, b } = pair();
  a.learn(epoch(0, 1));
  b.learn(epoch(0, 1));
  b.carryTo(a);
  a.produce(["x0"], 1);
  b.catchUp(a);
  b.learn(epoch(1, 2));
  b.learn(epoch(2, 1));
  a.learn(epoch(2, 1));
  a.produce(["x1"], 1);
  b.catchUp(a);
  expect(historyOf(b)).toEqual([0, 2]);
  expect(b.env.trace.ofType("log.truncated")).toEqual([]);
});
