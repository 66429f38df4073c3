import { expect, test, vi } from "vitest";
import { Errors } from "../../../core/errors.js";
import { batchBaseOffset, batchLastOffset, readBatchHeader } from "../../../core/log/record-batch.js";
import { FakeEnvironment, FakeFile, WALL_START_MS } from "../support/fake-environment.js";
import { appended, batch, concat, contents, openLog, records, replicated, text } from "./support.js";

test("leader: offsets are consecutive, the epoch is stamped, the producer's array is not touched", () => {
  const log = openLog(new FakeEnvironment());
  const first = batch(["a", "b"]);
  const copy = first.slice();
  expect(log.appendAsLeader(first, 4, "client")).toMatchObject({ ok: true, baseOffset: 0, lastOffset: 1 });
  expect(log.appendAsLeader(batch(["c"]), 4, "client")).toMatchObject({ ok: true, baseOffset: 2, lastOffset: 2 });
  expect(first).toEqual(copy);
  expect(log.logEndOffset).toBe(3);
  expect(log.latestEpoch).toBe(4);
  const read = log.read(0, 1_000_000, 3, true).records;
  expect(readBatchHeader(read)).toMatchObject({ baseOffset: 0, leaderEpoch: 4 });
  expect(records(read).map((record) => text(record.value))).toEqual(["a", "b", "c"]);
});

test("leader: each thing a client may not send has its error, and leaves the log as it was", () => {
  const log = openLog(new FakeEnvironment(), { maxMessageBytes: 200, segmentBytes: 180 });
  const damaged = batch(["a"]);
  damaged[damaged.length - 1]! ^= 1;
  const cases: readonly [Uint8Array, number][] = [
    [damaged, Errors.CORRUPT_MESSAGE],
    [batch(["a"]).subarray(0, 40), Errors.CORRUPT_MESSAGE],
    [new Uint8Array(0), Errors.INVALID_RECORD],
    [concat(batch(["a"]), batch(["b"])), Errors.INVALID_RECORD],
    [batch(["a"], { baseOffset: 5 }), Errors.INVALID_RECORD],
    [batch(["a"], { isControl: true }), Errors.INVALID_RECORD],
    [batch(["a"], { lastOffsetDelta: 3 }), Errors.INVALID_RECORD],
    [batch(["a"], { producerId: 1, producerEpoch: 0 }), Errors.INVALID_RECORD],
    [batch(["a"], { timestampType: "LogAppendTime" }), Errors.INVALID_TIMESTAMP],
    [batch(["x".repeat(300)]), Errors.MESSAGE_TOO_LARGE],
    [batch(["x".repeat(120)]), Errors.RECORD_LIST_TOO_LARGE],
  ];
  for (const [bytes, error] of cases) {
    expect(log.appendAsLeader(bytes, 0, "client")).toMatchObject({ ok: false, error });
  }
  expect(log.logEndOffset).toBe(0);
  expect(log.latestEpoch).toBeUndefined();
});

test("leader: a compacted topic refuses records without key; timestamps out of range are refused", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, { compact: true, messageTimestampBeforeMaxMs: 1000, messageTimestampAfterMaxMs: 1000 });
  expect(log.appendAsLeader(batch(["k=v", "plain"]), 0, "client")).toMatchObject({ error: Errors.INVALID_RECORD });
  for (const timestampMs of [WALL_START_MS - 1001, WALL_START_MS + 1001]) {
    const refused = log.appendAsLeader(batch(["k=v"], {}, timestampMs), 0, "client");
    expect(refused).toMatchObject({ ok: false, error: Errors.INVALID_TIMESTAMP });
  }
  expect(log.appendAsLeader(batch(["k=v"], {}, WALL_START_MS + 1000), 0, "client")).toMatchObject({ ok: true });
});

test("LogAppendTime: all records bear the leader's clock, and the CRC still holds", () => {
  const env = new FakeEnvironment();
  env.advance(5000);
  const log = openLog(env, { messageTimestampType: "LogAppendTime" });
  const result = log.appendAsLeader(batch(["a", "b"]), 0, "client");
  expect(result).toMatchObject({ ok: true, logAppendTimeMs: WALL_START_MS + 5000 });
  const read = log.read(0, 1000, 2, true).records;
  expect(records(read).map((record) => record.timestampMs)).toEqual([WALL_START_MS + 5000, WALL_START_MS + 5000]);
  const follower = openLog(new FakeEnvironment());
  expect(follower.appendAsFollower(read)).toMatchObject({ ok: true, lastOffset: 1 });
  const stamped = batch(["c"], { timestampType: "LogAppendTime" });
  expect(log.appendAsLeader(stamped, 0, "client")).toMatchObject({ error: Errors.INVALID_TIMESTAMP });
});

test("follower: repeats the leader byte for byte, keeps holes, ignores a torn last batch", () => {
  const log = openLog(new FakeEnvironment());
  const first = replicated(["a", "b"], 0, 1);
  const afterHole = replicated(["c"], 7, 2);
  const torn = replicated(["d"], 8, 2).subarray(0, 30);
  expect(log.appendAsFollower(concat(first, afterHole, torn))).toMatchObject({ ok: true, lastOffset: 7 });
  expect(log.read(0, 1000, 8, true).records).toEqual(concat(first, afterHole));
  expect(log.epochEntries).toEqual([
    { epoch: 1, startOffset: 0 },
    { epoch: 2, startOffset: 7 },
  ]);
  expect(log.read(3, 1000, 8, true).records).toEqual(afterHole);
});

test("follower: a damaged batch refuses the whole fetch; offsets below the log end are an error", () => {
  const log = openLog(new FakeEnvironment());
  const damaged = replicated(["b"], 1, 0);
  damaged[65]! ^= 1;
  const fetched = concat(replicated(["a"], 0, 0), damaged);
  expect(log.appendAsFollower(fetched)).toMatchObject({ ok: false, error: Errors.CORRUPT_MESSAGE });
  expect(log.logEndOffset).toBe(0);
  log.appendAsFollower(replicated(["a", "b"], 0, 0));
  const again = log.appendAsFollower(replicated(["b"], 1, 0));
  expect(again).toMatchObject({ ok: false, error: Errors.OFFSET_OUT_OF_RANGE });
});

test("follower: an empty log restarts at a batch that straddles its start (leader start inside a batch)", () => {
  const log = openLog(new FakeEnvironment());
  log.truncateFullyAndStartAt(5);
  expect(log.appendAsFollower(replicated(["a", "b", "c"], 3, 0))).toMatchObject({ ok: true, lastOffset: 5 });
  expect([log.logStartOffset, log.highWatermark, log.logEndOffset]).toEqual([3, 3, 6]);
});

test("read: whole batches within maxBytes; minOneBatch lets a large first one through; none at the upper bound", () => {
  const log = openLog(new FakeEnvironment(), { indexIntervalBytes: 100 });
  for (let i = 0; i < 20; i++) appended(log, batch([`a${i}`, `b${i}`]));
  const size = log.read(0, 1, 40, true).records.length;
  expect(log.read(0, 1, 40, false).records.length).toBe(0);
  expect(log.read(6, size * 3 + 10, 40, true).records.length).toBeLessThanOrEqual(size * 3 + 10);
  const some = log.read(7, 10_000, 12, true).records;
  expect(batchBaseOffset(some, 0)).toBe(6);
  expect(records(some).map((record) => record.offset)).toEqual([6, 7, 8, 9, 10, 11]);
  // The upper bound lies inside the batch [12, 13]: that batch is not given.
  expect(records(log.read(10, 10_000, 13, true).records).map((record) => record.offset)).toEqual([10, 11]);
  expect(log.read(40, 1000, 40, true).records.length).toBe(0);
});

test("high watermark: stays within [log start, log end]; truncation takes it along", () => {
  const log = openLog(new FakeEnvironment());
  appended(log, batch(["a", "b", "c"]));
  expect(log.setHighWatermark(9)).toBe(true);
  expect(log.highWatermark).toBe(3);
  expect(log.setHighWatermark(3)).toBe(false);
  log.maybeIncrementLogStartOffset(2, "delete-records");
  expect(log.setHighWatermark(0)).toBe(true);
  expect(log.highWatermark).toBe(2);
  log.truncateTo(1);
  expect([log.logStartOffset, log.highWatermark, log.logEndOffset]).toEqual([1, 1, 1]);
});

test("a closed log takes no records: after the last flush they might be torn, and trusted at the next start", () => {
  const log = openLog(new FakeEnvironment());
  appended(log, batch(["a"]));
  log.close();
  expect(() => appended(log, batch(["b"]))).toThrow("closed log");
});

test("truncateTo at or beyond the log end drops the epoch of a leader that wrote nothing", () => {
  const log = openLog(new FakeEnvironment());
  appended(log, batch(["a"]), 1);
  log.assignEpochStartOffset(2, 1);
  expect(log.latestEpoch).toBe(2);
  log.truncateTo(5);
  expect(log.latestEpoch).toBe(1);
  expect(log.logEndOffset).toBe(1);
});

test("endOffsetForEpoch: latest → log end; between → floor epoch and next start; older → first start; newer → none", () => {
  const log = openLog(new FakeEnvironment());
  appended(log, batch(["a", "b"]), 2);
  appended(log, batch(["c"]), 5);
  expect(log.endOffsetForEpoch(5)).toEqual({ epoch: 5, endOffset: 3 });
  expect(log.endOffsetForEpoch(4)).toEqual({ epoch: 2, endOffset: 2 });
  expect(log.endOffsetForEpoch(2)).toEqual({ epoch: 2, endOffset: 2 });
  expect(log.endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 0 });
  expect(log.endOffsetForEpoch(6)).toBeUndefined();
  expect(log.endOffsetForEpoch(-1)).toBeUndefined();
});

test("offsets by timestamp: the first record in offset order at or after it; and the largest", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, { segmentBytes: 150, indexIntervalBytes: 1 });
  const at = [100, 300, 200, 400, 350];
  for (const ms of at) appended(log, batch(["r"], {}, ms), 3);
  expect(log.segments.count).toBeGreaterThan(1);
  expect(log.offsetForTimestamp(150)).toEqual({ offset: 1, timestampMs: 300, leaderEpoch: 3 });
  expect(log.offsetForTimestamp(301)).toEqual({ offset: 3, timestampMs: 400, leaderEpoch: 3 });
  expect(log.offsetForTimestamp(0)).toMatchObject({ offset: 0 });
  expect(log.offsetForTimestamp(401)).toBeUndefined();
  expect(log.maxTimestampOffset()).toEqual({ offset: 3, timestampMs: 400, leaderEpoch: 3 });
});

test("offsets by timestamp after DeleteRecords: one segment is searched, and the largest may be below the log start", () => {
  const log = openLog(new FakeEnvironment(), { retentionMs: -1 });
  for (const ms of [400, 100, 300, 200]) {
    appended(log, batch(["r"], {}, ms), 3);
    if (ms === 100) log.roll();
  }
  log.setHighWatermark(4);
  log.maybeIncrementLogStartOffset(1, "delete-records");
  expect(log.offsetForTimestamp(100)).toEqual({ offset: 1, timestampMs: 100, leaderEpoch: 3 });
  // The first segment has such a record only below the log start: the 300 behind it is not found.
  expect(log.offsetForTimestamp(250)).toBeUndefined();
  expect(log.maxTimestampOffset()).toEqual({ offset: 0, timestampMs: 400, leaderEpoch: 3 });
  log.maybeIncrementLogStartOffset(2, "delete-records");
  log.deleteOldSegments();
  expect(log.offsetForTimestamp(250)).toEqual({ offset: 2, timestampMs: 300, leaderEpoch: 3 });
  expect(log.maxTimestampOffset()).toEqual({ offset: 2, timestampMs: 300, leaderEpoch: 3 });
});

test("a full disk: the append is refused with KAFKA_STORAGE_ERROR and the log stays offline", () => {
  const env = new FakeEnvironment();
  let failures = 0;
  const log = openLog(env, {}, { onStorageError: () => failures++ });
  appended(log, batch(["a"]));
  env.disk.mode = "io-error";
  const refused = log.appendAsLeader(batch(["b"]), 0, "client");
  expect(refused).toMatchObject({ ok: false, error: Errors.KAFKA_STORAGE_ERROR });
  env.disk.mode = "ok";
  expect(log.isOffline).toBe(true);
  expect(log.appendAsFollower(replicated(["b"], 1, 0))).toMatchObject({ error: Errors.KAFKA_STORAGE_ERROR });
  expect(failures).toBe(1);
});

test("flush: the recovery point follows storage's answer, not the call; a cut meanwhile holds it back", () => {
  const env = new FakeEnvironment();
  const log = openLog(env);
  appended(log, batch(["a", "b"]));
  const answers: string[] = [];
  log.flush(2, (result) => answers.push(result));
  expect([log.recoveryPoint, answers.length]).toEqual([0, 0]);
  env.runPending();
  expect(log.recoveryPoint).toBe(2);
  appended(log, batch(["c"]));
  log.flush(3);
  log.truncateTo(2);
  appended(log, batch(["d"]));
  env.runPending();
  expect(log.recoveryPoint).toBe(2);
  expect(answers).toEqual(["ok"]);
});

test("flush: while storage is slow no segment is flushed twice, however often the log rolls", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, { segmentBytes: 100 });
  const flushed: string[] = [];
  const spy = vi.spyOn(FakeFile.prototype, "flush").mockImplementation(function (this: FakeFile) {
    flushed.push(this.path);
  });
  for (let record = 0; record < 8; record++) appended(log, batch([`record ${record}`]));
  log.flush(log.logEndOffset);
  log.flush(log.logEndOffset);
  spy.mockRestore();
  expect(log.segments.count).toBeGreaterThan(4);
  const logs = flushed.filter((path) => path.endsWith(".log"));
  expect(logs.length).toBe(log.segments.count);
  expect(new Set(logs).size).toBe(logs.length);
});

test("retention: by age, by size, behind the log start; never above the high watermark", () => {
  const env = new FakeEnvironment();
  const log = openLog(env, { segmentBytes: 100, retentionMs: 1000 });
  for (let i = 0; i < 5; i++) appended(log, batch([`r${i}`]));
  expect(log.segments.count).toBe(5);
  env.advance(1001);
  expect(log.deleteOldSegments()).toBe(0);
  log.setHighWatermark(3);
  expect(log.deleteOldSegments()).toBe(3);
  expect(log.logStartOffset).toBe(3);
  expect(contents(log)).toEqual(["3:r3", "4:r4"]);
  log.setHighWatermark(5);
  log.updateConfig({ ...log.config, retentionMs: -1, retentionBytes: log.segments.active.sizeBytes });
  expect(log.deleteOldSegments()).toBe(1);
  log.updateConfig({ ...log.config, retentionMs: 1000, retentionBytes: -1 });
  // All records go: an empty segment takes over at the log end.
  expect(log.deleteOldSegments()).toBe(1);
  expect([log.logStartOffset, log.logEndOffset, log.sizeBytes]).toEqual([5, 5, 0]);
  appended(log, batch(["r5"]));
  expect(contents(log)).toEqual(["5:r5"]);
  expect(env.disk.list("logs/orders-0").filter((path) => path.endsWith(".deleted")).length).toBeGreaterThan(0);
  env.advance(60_000);
  expect(env.disk.list("logs/orders-0").filter((path) => path.endsWith(".deleted"))).toEqual([]);
});

test("segment.ms: a segment closes when its first record is older than that", () => {
  const log = openLog(new FakeEnvironment(), { segmentMs: 1000 });
  appended(log, batch(["a"], {}, WALL_START_MS));
  appended(log, batch(["b"], {}, WALL_START_MS + 1000));
  expect(log.segments.count).toBe(1);
  appended(log, batch(["c"], {}, WALL_START_MS + 1001));
  expect(log.segments.count).toBe(2);
});

test("max.compaction.lag.ms closes the active segment of a compacted log, or its records could not be compacted in time", () => {
  for (const [compact, segmentMs, count] of [
    [true, 60_000, 2],
    [false, 60_000, 1],
    [false, 999, 2],
    [true, 999, 2],
  ] as const) {
    const log = openLog(new FakeEnvironment(), { compact, segmentMs, maxCompactionLagMs: 1000 });
    appended(log, batch(["k=1"], {}, WALL_START_MS));
    appended(log, batch(["k=2"], {}, WALL_START_MS + 999));
    expect(log.segments.count).toBe(1);
    appended(log, batch(["k=3"], {}, WALL_START_MS + 1001));
    expect(log.segments.count).toBe(count);
  }
});

test("delete removes every file", () => {
  const env = new FakeEnvironment();
  const log = openLog(env);
  appended(log, batch(["a"]));
  log.delete();
  expect(env.disk.list("logs")).toEqual([]);
  expect(env.trace.ofType("log.deleted").length).toBe(1);
});

test("appended facts name offsets, epoch and content", () => {
  const env = new FakeEnvironment();
  const log = openLog(env);
  appended(log, batch(["a", "b"]), 3);
  const fact = env.trace.ofType("log.appended")[0]!;
  expect(fact).toMatchObject({ topic: "orders", partition: 0, origin: "leader", baseOffset: 0, lastOffset: 1 });
  expect(fact).toMatchObject({ leaderEpoch: 3, crc: readBatchHeader(log.read(0, 1000, 2, true).records)!.crc });
});

test("read: what was given is a view that later appends do not change", () => {
  const log = openLog(new FakeEnvironment());
  appended(log, batch(["first"]));
  const view = log.read(0, 1000, 1, true).records;
  const before = view.slice();
  for (let i = 0; i < 50; i++) appended(log, batch([`more${i}`]));
  expect(view).toEqual(before);
  expect(batchLastOffset(view, 0)).toBe(0);
});
