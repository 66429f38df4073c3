import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cleanLog, isWorthCleaning, measureCleanable } from "../../../core/log/log-cleaner.js";
import type { Log } from "../../../core/log/log.js";
import { readBatchHeader } from "../../../core/log/record-batch.js";
import { FakeDisk, FakeEnvironment } from "../support/fake-environment.js";
import { batch, contents, openLog } from "./support.js";

const CONFIG = { compact: true, delete: false, segmentBytes: 250, deleteRetentionMs: 1000 };

function write(log: Log, ...batches: readonly (readonly string[])[]): void {
  for (const entries of batches) {
    const result = log.appendAsLeader(batch(entries), 0, "client");
    if (!result.ok) throw new Error(result.message);
  }
  log.setHighWatermark(log.logEndOffset);
}

function clean(env: FakeEnvironment, log: Log, checkpoint = 0): number | undefined {
  let answer: number | undefined;
  cleanLog(env, measureCleanable(log, checkpoint, env.clock.wallMs()), (offset) => {
    answer = offset;
  });
  env.runPending();
  return answer;
}

test("compaction keeps the last value of each key at its offset, and all of the active segment", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  write(log, ["a=1", "b=1"], ["a=2", "c=1"], ["b=2", "a=3"]);
  log.roll();
  write(log, ["a=4", "a=5"]);
  expect(clean(env, log)).toBe(6);
  expect(contents(log)).toEqual(["3:c=1", "4:b=2", "5:a=3", "6:a=4", "7:a=5"]);
  expect(log.logEndOffset).toBe(8);
  expect(env.trace.ofType("log.compacted")).toMatchObject([{ upToOffset: 6, removedRecords: 3 }]);
});

test("each group of segments is told as it is swapped in: a follower may read it before the next is done", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  for (const key of ["a", "b", "c"]) {
    write(log, [`${key}=${"x".repeat(120)}`]);
    log.roll();
  }
  write(log, ["z=1"]);
  clean(env, log);
  const told = env.trace.ofType("log.compacted").map((event) => event.upToOffset);
  expect(told).toEqual([1, 2, 3]);
});

test("a segment that reaches to or above the last stable offset is not cleaned at all, those before it are", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  write(log, ["a=1"], ["a=2"]);
  log.roll();
  write(log, ["a=3"], ["a=4"]);
  log.roll();
  write(log, ["a=5"]);
  log.setHighWatermark(3);
  const cleanable = measureCleanable(log, 0, env.clock.wallMs());
  expect(cleanable.firstUncleanableOffset).toBe(2);
  clean(env, log);
  expect(contents(log)).toEqual(["1:a=2", "2:a=3", "3:a=4", "4:a=5"]);
});

test("a dirty share of exactly min.cleanable.dirty.ratio is not worth cleaning yet", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, { ...CONFIG, minCleanableDirtyRatioPercent: 50 });
  write(log, ["a=1"]);
  log.roll();
  write(log, ["a=2"]);
  log.roll();
  write(log, ["a=3"]);
  log.roll();
  write(log, ["a=4"]);
  const nowMs = env.clock.wallMs();
  const half = { ...measureCleanable(log, 0, nowMs), cleanBytes: 100, dirtyBytes: 100 };
  expect(isWorthCleaning(half)).toBe(false);
  expect(isWorthCleaning({ ...half, dirtyBytes: 101 })).toBe(true);
});

test("a tombstone stays delete.retention.ms after the cleaning that first met it (KIP-534)", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  write(log, ["a=1"], ["a="], ["b=1"]);
  log.roll();
  write(log, ["z=1"]);
  const first = clean(env, log)!;
  expect(contents(log)).toEqual(["1:a=(null)", "2:b=1", "3:z=1"]);
  const horizon = env.clock.wallMs() + 1000;
  expect(readBatchHeader(log.read(1, 1000, 2, true).records)!.deleteHorizonMs).toBe(horizon);
  env.advance(999);
  clean(env, log, first);
  expect(contents(log)[0]).toBe("1:a=(null)");
  env.advance(1);
  // The dirty part must be cleaned for the tombstone to be met again.
  log.roll();
  write(log, ["y=1"]);
  clean(env, log, first);
  expect(contents(log)).toEqual(["2:b=1", "3:z=1", "4:y=1"]);
});

test("the last batch of a producer survives as a header, so its next sequence is still accepted", () => {
  const env = new FakeEnvironment();
  const disk = env.disk;
  const log = openLog(env, CONFIG);
  const idempotent = (entry: string, baseSequence: number): Uint8Array =>
    batch([entry], { producerId: 1, producerEpoch: 0, baseSequence });
  log.appendAsLeader(idempotent("a=1", 0), 0, "client");
  write(log, ["a=2"], ["b=1"]);
  log.roll();
  write(log, ["z=1"]);
  clean(env, log);
  expect(contents(log)).toEqual(["1:a=2", "2:b=1", "3:z=1"]);
  for (const path of disk.list("logs/orders-0")) if (path.endsWith(".snapshot")) disk.remove(path);
  const after = openLog(new FakeEnvironment({ disk }), CONFIG);
  expect(after.appendAsLeader(idempotent("a=3", 2), 0, "client")).toMatchObject({ ok: false });
  expect(after.appendAsLeader(idempotent("a=3", 1), 0, "client")).toMatchObject({ ok: true });
});

test("an emptied batch goes with the next cleaning, once neither its producer nor the log's end needs its header", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  const idempotent = (entry: string, baseSequence: number): void => {
    log.appendAsLeader(batch([entry], { producerId: 1, producerEpoch: 0, baseSequence }), 0, "client");
  };
  const batchOffsets = (): readonly number[] => {
    const offsets: number[] = [];
    log.forEachBatchFrom(0, (bytes) => void offsets.push(readBatchHeader(bytes)!.baseOffset));
    return offsets;
  };
  idempotent("a=1", 0);
  write(log, ["a=2"], ["b=1"]);
  log.roll();
  write(log, ["z=1"]);
  const first = clean(env, log)!;
  expect(batchOffsets()).toEqual([0, 1, 2, 3]);
  idempotent("c=1", 1);
  write(log, ["d=1"]);
  log.roll();
  write(log, ["y=1"]);
  clean(env, log, first);
  expect(batchOffsets()).toEqual([1, 2, 3, 4, 5, 6]);
});

test("eligible when the dirty share reaches min.cleanable.dirty.ratio, or max.compaction.lag.ms passed", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, { ...CONFIG, minCleanableDirtyRatioPercent: 50, maxCompactionLagMs: 10_000 });
  for (let i = 0; i < 16; i++) write(log, [`k${i}=v`, `m${i}=v`]);
  const bases = log.segments.all().map((segment) => segment.baseOffset);
  expect(isWorthCleaning(measureCleanable(log, 0, env.clock.wallMs()))).toBe(true);
  const mostlyClean = bases[bases.length - 2]!;
  expect(isWorthCleaning(measureCleanable(log, mostlyClean, env.clock.wallMs()))).toBe(false);
  expect(isWorthCleaning(measureCleanable(log, mostlyClean, env.clock.wallMs() + 10_001))).toBe(true);
});

test("a truncation while the rewritten segment is being flushed calls the cleaning off", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  write(log, ["a=1"], ["a=2"]);
  log.roll();
  write(log, ["z=1"]);
  let answer: number | undefined = -1;
  cleanLog(env, measureCleanable(log, 0, env.clock.wallMs()), (offset) => (answer = offset));
  log.truncateTo(1);
  env.runPending();
  expect(answer).toBeUndefined();
  expect(contents(log)).toEqual(["0:a=1"]);
  expect(env.disk.list("logs").filter((path) => path.endsWith(".cleaned"))).toEqual([]);
});

test("a full offset map cleans part of the log: what is beyond stays dirty", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, CONFIG);
  write(log, ["a=1"], ["a=2"], ["b=1"], ["a=3"]);
  log.roll();
  write(log, ["z=1"]);
  let answer: number | undefined;
  cleanLog(env, measureCleanable(log, 0, env.clock.wallMs()), (offset) => (answer = offset), 2);
  env.runPending();
  expect(answer).toBe(3);
  expect(contents(log)).toEqual(["1:a=2", "2:b=1", "3:a=3", "4:z=1"]);
});

const arbitraryBatches = fc.array(
  fc.array(
    fc
      .tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("", "1", "2"))
      .map(([key, value]) => `${key}=${value}`),
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 1, maxLength: 25 },
);

function latestByKey(log: Log): ReadonlyMap<string, string> {
  const latest = new Map<string, string>();
  for (const entry of contents(log)) {
    const [key, value] = entry.slice(entry.indexOf(":") + 1).split("=");
    if (value === "(null)") latest.delete(key!);
    else latest.set(key!, value!);
  }
  return latest;
}

test("whatever was written: a reader of the cleaned log ends with the same table; a crash in the swap changes nothing", () => {
  fc.assert(
    fc.property(arbitraryBatches, fc.nat(12), (batches, crashAt) => {
      const disk = new CrashingDisk();
      const env = new FakeEnvironment({ disk });
      const log = openLog(env, CONFIG);
      write(log, ...batches);
      const before = latestByKey(log);
      const end = log.logEndOffset;
      disk.renamesLeft = crashAt;
      try {
        clean(env, log);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      disk.renamesLeft = Number.MAX_SAFE_INTEGER;
      disk.crash();
      const after = openLog(new FakeEnvironment({ disk }), CONFIG, { highWatermark: end });
      expect(latestByKey(after)).toEqual(before);
      expect(after.logEndOffset).toBe(end);
    }),
    { numRuns: 200 },
  );
});

class PowerCut extends Error {}

/** Loses power when its last allowed rename was done. */
class CrashingDisk extends FakeDisk {
  renamesLeft = Number.MAX_SAFE_INTEGER;

  override rename(from: string, to: string): void {
    if (this.renamesLeft === 0) throw new PowerCut();
    this.renamesLeft -= 1;
    super.rename(from, to);
  }
}
