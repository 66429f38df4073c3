import { expect, test } from "vitest";
import { DEFAULT_LOG_CONFIG } from "../../../core/log/log-config.js";
import type { Log } from "../../../core/log/log.js";
import { LogManager, type LogManagerOptions } from "../../../core/log/log-manager.js";
import { FakeDisk, FakeEnvironment } from "../support/fake-environment.js";
import { batch, contents } from "./support.js";

const ID = "AAAAAAAAAAAAAAAAAAAAAQ";
const OTHER_ID = "AAAAAAAAAAAAAAAAAAAAAg";

function start(env: FakeEnvironment, options: Partial<LogManagerOptions> = {}): LogManager {
  const manager = new LogManager(env, { defaultConfig: DEFAULT_LOG_CONFIG, ...options });
  manager.loadLogs();
  return manager;
}

test("clean shutdown: the marker names the broker epoch, is consumed at start, and recovery reads nothing", () => {
  const disk = new FakeDisk();
  const env = new FakeEnvironment({ disk });
  const manager = start(env);
  expect(manager.cleanShutdownBrokerEpoch()).toBe(-1);
  const log = manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG);
  log.appendAsLeader(batch(["a", "b"]), 0, "client");
  log.setHighWatermark(2);
  let done = false;
  manager.shutdown(42, () => (done = true));
  expect(done).toBe(false);
  env.runPending();
  expect(done).toBe(true);
  disk.powerLoss();
  const again = start(new FakeEnvironment({ disk }));
  expect(again.cleanShutdownBrokerEpoch()).toBe(42);
  const reopened = again.get("orders-0")!;
  expect([reopened.logEndOffset, reopened.highWatermark, reopened.topicId]).toEqual([2, 2, ID]);
  expect(reopened.recoveryPoint).toBe(2);
  // The second start finds no marker: nobody shut this one down.
  disk.crash();
  expect(start(new FakeEnvironment({ disk })).cleanShutdownBrokerEpoch()).toBe(-1);
});

test("process crash: records in the page cache survive, the high watermark is the checkpointed one", () => {
  const disk = new FakeDisk();
  const env = new FakeEnvironment({ disk });
  const manager = start(env);
  manager.startHousekeeping();
  const log = manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG);
  log.appendAsLeader(batch(["a", "b"]), 0, "client");
  log.setHighWatermark(1);
  env.advance(5000);
  log.setHighWatermark(2);
  disk.crash();
  const reopened = start(new FakeEnvironment({ disk })).get("orders-0")!;
  expect([reopened.highWatermark, reopened.logEndOffset, reopened.recoveryPoint]).toEqual([1, 2, 0]);
});

test("high watermarks of logs that are not open stay in the checkpoint (KAFKA-1647)", () => {
  const disk = new FakeDisk();
  const env = new FakeEnvironment({ disk });
  const manager = start(env);
  const log = manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG);
  log.appendAsLeader(batch(["a"]), 0, "client");
  log.setHighWatermark(1);
  manager.checkpointHighWatermarks();
  const other = start(new FakeEnvironment({ disk }), { ignoredLogs: ["orders-0"] });
  expect(other.all()).toEqual([]);
  other.checkpointHighWatermarks();
  expect(start(new FakeEnvironment({ disk })).get("orders-0")!.highWatermark).toBe(1);
});

test("a log of another topic id under the same name is a deleted topic's: it is emptied", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG).appendAsLeader(batch(["old"]), 0, "client");
  const fresh = manager.getOrCreate("orders", 0, OTHER_ID, DEFAULT_LOG_CONFIG);
  expect([fresh.topicId, fresh.logEndOffset]).toEqual([OTHER_ID, 0]);
  expect(manager.getOrCreate("orders", 0, OTHER_ID, DEFAULT_LOG_CONFIG)).toBe(fresh);
});

test("delete: files and checkpoint entries go", () => {
  const disk = new FakeDisk();
  const env = new FakeEnvironment({ disk });
  const manager = start(env);
  manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG).appendAsLeader(batch(["a"]), 0, "client");
  manager.delete("orders-0");
  expect(disk.list("logs/orders-0")).toEqual([]);
  expect(start(new FakeEnvironment({ disk })).all()).toEqual([]);
});

test("housekeeping: retention runs after 30 s and then every five minutes, a moved log start survives a crash once checkpointed", () => {
  const disk = new FakeDisk();
  const env = new FakeEnvironment({ disk });
  const manager = start(env);
  manager.startHousekeeping();
  const log = manager.getOrCreate("orders", 0, ID, { ...DEFAULT_LOG_CONFIG, retentionMs: 60_000 });
  const old = manager.getOrCreate("users", 0, ID, { ...DEFAULT_LOG_CONFIG, retentionMs: 1000 });
  old.appendAsLeader(batch(["a"]), 0, "client");
  old.setHighWatermark(1);
  log.appendAsLeader(batch(["a", "b"]), 0, "client");
  log.setHighWatermark(2);
  log.maybeIncrementLogStartOffset(1, "delete-records");
  env.advance(29_999);
  expect(old.logStartOffset).toBe(0);
  env.advance(1);
  expect(old.logStartOffset).toBe(1);
  env.advance(30_000);
  disk.crash();
  const copy = disk.clone();
  expect(start(new FakeEnvironment({ disk: copy })).get("orders-0")!.logStartOffset).toBe(1);
  env.advance(269_999);
  expect(log.logStartOffset).toBe(1);
  env.advance(1);
  expect([log.logStartOffset, log.logEndOffset]).toEqual([2, 2]);
});

test("housekeeping: a compacted log is cleaned, and the next cleaning starts where this one ended", () => {
  const disk = new FakeDisk();
  const env = new FakeEnvironment({ disk });
  const config = { ...DEFAULT_LOG_CONFIG, compact: true, delete: false, segmentBytes: 100 };
  const manager = start(env);
  manager.startHousekeeping();
  const log = manager.getOrCreate("offsets", 0, ID, config);
  for (let i = 0; i < 10; i++) log.appendAsLeader(batch([`k=${i}`]), 0, "client");
  log.setHighWatermark(10);
  env.advance(15_000);
  expect(contents(log)).toEqual(["8:k=8", "9:k=9"]);
  expect(new TextDecoder().decode(disk.contents("logs/cleaner-offset-checkpoint"))).toBe("0\n1\noffsets 0 9\n");
  disk.crash();
  const reopened = start(new FakeEnvironment({ disk })).get("offsets-0")!;
  expect(contents(reopened)).toEqual(["8:k=8", "9:k=9"]);
});

const COMPACTED = { ...DEFAULT_LOG_CONFIG, compact: true, delete: false, segmentBytes: 100 };

function checkpoint(env: FakeEnvironment, name: string): string {
  return new TextDecoder().decode(env.disk.contents(`logs/${name}`));
}

function append(log: Log, ...entries: readonly string[]): void {
  for (const entry of entries) log.appendAsLeader(batch([entry]), 0, "client");
  log.setHighWatermark(log.logEndOffset);
}

function tenValues(log: Log): void {
  append(log, ...Array.from({ length: 10 }, (_, i) => `k=${i}`));
}

test("the cleaner goes from log to log without a pause, an event each, and rests only when it found nothing", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  manager.startHousekeeping();
  const logs = ["a", "b", "c"].map((topic) => manager.getOrCreate(topic, 0, ID, COMPACTED));
  const lengths = (): readonly number[] => logs.map((log) => contents(log).length);
  for (const log of logs) tenValues(log);
  const cleaner = env.timers.armed("log-cleaner")[0]!;
  cleaner.fire();
  env.runPending();
  expect(lengths()).toEqual([2, 10, 10]);
  cleaner.fire();
  env.runPending();
  expect(lengths()).toEqual([2, 2, 10]);
  env.advance(0);
  expect(lengths()).toEqual([2, 2, 2]);
  for (const log of logs) tenValues(log);
  env.advance(14_999);
  expect(lengths()).toEqual([12, 12, 12]);
  env.advance(1);
  expect(lengths()).toEqual([2, 2, 2]);
});

test("log.cleaner.enable=false: nothing is cleaned; a backoff of 0 lets time go on all the same", () => {
  const lengthAfter = (options: Partial<LogManagerOptions>): number => {
    const env = new FakeEnvironment();
    const manager = start(env, options);
    manager.startHousekeeping();
    const log = manager.getOrCreate("a", 0, ID, COMPACTED);
    tenValues(log);
    env.advance(60);
    return contents(log).length;
  };
  expect([lengthAfter({ cleanerEnabled: false }), lengthAfter({ cleanerBackoffMs: 0 })]).toEqual([10, 2]);
});

test("compacted logs lose old segments in the rhythm of the cleaner, the others at log.retention.check.interval.ms", () => {
  const env = new FakeEnvironment();
  const manager = start(env, { retentionCheckIntervalMs: 20_000 });
  manager.startHousekeeping();
  env.advance(0);
  const both = manager.getOrCreate("both", 0, ID, { ...COMPACTED, delete: true, retentionMs: 1000 });
  const compacted = manager.getOrCreate("compacted", 0, ID, COMPACTED);
  const deleting = manager.getOrCreate("deleting", 0, ID, {
    ...COMPACTED,
    compact: false,
    delete: true,
    retentionMs: 1,
  });
  for (const log of [both, compacted, deleting]) append(log, "a=1", "b=1", "c=1", "d=1");
  compacted.maybeIncrementLogStartOffset(3, "delete-records");
  const bases = (): readonly number[] => [both, compacted, deleting].map((log) => log.segments.first.baseOffset);
  env.advance(14_999);
  expect(bases()).toEqual([0, 0, 0]);
  env.advance(1);
  expect(bases()).toEqual([4, 3, 0]);
  env.advance(5_000);
  expect(bases()).toEqual([4, 3, 4]);
});

test("a cleaning that storage fails takes the log directory offline", () => {
  const env = new FakeEnvironment();
  let failures = 0;
  const manager = start(env, { onStorageError: () => failures++ });
  manager.startHousekeeping();
  const log = manager.getOrCreate("offsets", 0, ID, COMPACTED);
  tenValues(log);
  env.runPending();
  env.timers.armed("log-cleaner")[0]!.fire();
  env.disk.mode = "io-error";
  env.runPending();
  expect([log.isOffline, failures]).toEqual([true, 1]);
});

test("a log whose dirty part cannot be read is tried again after the pause, not for ever at once", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  const log = manager.getOrCreate("offsets", 0, ID, COMPACTED);
  append(log, "a=1");
  log.roll();
  append(log, "a=2");
  const path = "logs/offsets-0/00000000000000000000.log";
  const damaged = env.disk.contents(path).slice();
  damaged[8] = 0x7f;
  env.disk.overwrite(path, damaged);
  manager.startHousekeeping();
  env.advance(15_000);
  expect(log.segments.first.sizeBytes).toBe(damaged.length);
  expect(env.timers.armed("log-cleaner")[0]!.deadlineMs).toBe(30_000);
});

test("a cleaning that ends during the shutdown is the last", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  manager.startHousekeeping();
  const log = manager.getOrCreate("offsets", 0, ID, COMPACTED);
  tenValues(log);
  env.timers.armed("log-cleaner")[0]!.fire();
  manager.shutdown(1, () => undefined);
  env.runPending();
  expect(contents(log).length).toBe(2);
  expect(env.timers.armed("log-cleaner")).toEqual([]);
});

test("the cleaner checkpoint is cut with the log: what is written anew is not taken for clean", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  manager.startHousekeeping();
  const log = manager.getOrCreate("offsets", 0, ID, COMPACTED);
  append(log, "a=1", ...Array.from({ length: 9 }, (_, i) => `k=${i}`));
  env.advance(15_000);
  expect(checkpoint(env, "cleaner-offset-checkpoint")).toBe("0\n1\noffsets 0 9\n");
  log.truncateTo(1);
  expect(checkpoint(env, "cleaner-offset-checkpoint")).toBe("0\n1\noffsets 0 0\n");
  append(log, "a=", ...Array.from({ length: 10 }, (_, i) => `k=${i}`));
  env.advance(15_000);
  // The tombstone counts as dirty, so it does away with the value before it.
  expect(contents(log)).toEqual(["1:a=(null)", "10:k=8", "11:k=9"]);
});

test("the cleaner checkpoint is cut when the log is emptied, and left alone in logs that are not compacted now", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  manager.startHousekeeping();
  const log = manager.getOrCreate("offsets", 0, ID, COMPACTED);
  tenValues(log);
  env.advance(15_000);
  manager.getOrCreate("offsets", 0, ID, DEFAULT_LOG_CONFIG);
  log.truncateFullyAndStartAt(7);
  expect(checkpoint(env, "cleaner-offset-checkpoint")).toBe("0\n1\noffsets 0 9\n");
  manager.getOrCreate("offsets", 0, ID, COMPACTED);
  log.truncateFullyAndStartAt(5);
  expect(checkpoint(env, "cleaner-offset-checkpoint")).toBe("0\n1\noffsets 0 5\n");
});

test("the recovery point is checkpointed when a log is cut: a crash must not trust what was appended anew", () => {
  const env = new FakeEnvironment();
  const manager = start(env);
  const log = manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG);
  append(log, "a", "b", "c");
  log.flush();
  env.runPending();
  manager.checkpointOffsets();
  expect(checkpoint(env, "recovery-point-offset-checkpoint")).toBe("0\n1\norders 0 3\n");
  log.truncateTo(2);
  expect(checkpoint(env, "recovery-point-offset-checkpoint")).toBe("0\n1\norders 0 2\n");
  log.truncateFullyAndStartAt(1);
  expect(checkpoint(env, "recovery-point-offset-checkpoint")).toBe("0\n1\norders 0 1\n");
});

test("a cleaner checkpoint beyond the log end is put right at the next look, before the log can grow past it", () => {
  const disk = new FakeDisk();
  const before = start(new FakeEnvironment({ disk }));
  append(before.getOrCreate("offsets", 0, ID, COMPACTED), "a=1");
  disk.replace("logs/cleaner-offset-checkpoint", new TextEncoder().encode("0\n1\noffsets 0 5\n"));
  disk.crash();
  const env = new FakeEnvironment({ disk });
  const manager = start(env, { defaultConfig: COMPACTED });
  manager.startHousekeeping();
  env.advance(15_000);
  expect(checkpoint(env, "cleaner-offset-checkpoint")).toBe("0\n1\noffsets 0 0\n");
});

test("a storage error takes every log of the directory offline and leaves no clean-shutdown marker", () => {
  const env = new FakeEnvironment();
  let failures = 0;
  const manager = start(env, { onStorageError: () => failures++ });
  const orders = manager.getOrCreate("orders", 0, ID, DEFAULT_LOG_CONFIG);
  const users = manager.getOrCreate("users", 0, ID, DEFAULT_LOG_CONFIG);
  env.disk.mode = "io-error";
  orders.appendAsLeader(batch(["a"]), 0, "client");
  expect([orders.isOffline, users.isOffline, failures]).toEqual([true, true, 1]);
  env.disk.mode = "ok";
  manager.shutdown(1, () => undefined);
  env.runPending();
  expect(env.disk.exists("logs/.kafka_cleanshutdown")).toBe(false);
});
