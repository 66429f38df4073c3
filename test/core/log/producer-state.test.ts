import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import type { Log } from "../../../core/log/log.js";
import { type AppendOrigin } from "../../../core/log/log.js";
import { endTransactionMarker } from "../../../core/log/record-batch.js";
import { FakeDisk, FakeEnvironment, WALL_START_MS } from "../support/fake-environment.js";
import { batch, openLog } from "./support.js";

function send(
  log: Log,
  epoch: number,
  sequence: number,
  count = 1,
  isTransactional = false,
  origin: AppendOrigin = "client",
) {
  const values = Array.from({ length: count }, (_, i) => `s${sequence + i}`);
  const options = { producerId: 7, producerEpoch: epoch, baseSequence: sequence, isTransactional };
  return log.appendAsLeader(batch(values, options), 0, origin);
}

function marker(log: Log, producerEpoch: number, coordinatorEpoch: number, commit = true) {
  const timestampMs = WALL_START_MS;
  const bytes = endTransactionMarker({ commit, producerId: 7, producerEpoch, coordinatorEpoch, timestampMs });
  return log.appendAsLeader(bytes, 0, "coordinator");
}

test("a retry of one of the five latest batches succeeds with the old offsets and appends nothing", () => {
  const log = openLog(new FakeEnvironment());
  for (let i = 0; i < 6; i++) expect(send(log, 0, i * 2, 2)).toMatchObject({ ok: true, duplicate: false });
  for (let i = 1; i < 6; i++) {
    expect(send(log, 0, i * 2, 2)).toMatchObject({
      ok: true,
      baseOffset: i * 2,
      lastOffset: i * 2 + 1,
      duplicate: true,
    });
  }
  expect(log.logEndOffset).toBe(12);
  // The sixth from the end is forgotten, and its sequence is not the next one.
  expect(send(log, 0, 0, 2)).toMatchObject({ ok: false, error: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
});

test("same epoch: only the next sequence; a new epoch: only 0; an older epoch: never", () => {
  const log = openLog(new FakeEnvironment());
  send(log, 1, 0);
  expect(send(log, 1, 2)).toMatchObject({ error: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
  expect(send(log, 2, 1)).toMatchObject({ error: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
  expect(send(log, 2, 0)).toMatchObject({ ok: true });
  expect(send(log, 1, 1)).toMatchObject({ error: Errors.INVALID_PRODUCER_EPOCH });
  // A repetition under the old epoch is no duplicate any more.
  expect(send(log, 1, 0)).toMatchObject({ error: Errors.INVALID_PRODUCER_EPOCH });
});

test("an unknown producer may start anywhere: its earlier records may have been deleted", () => {
  const log = openLog(new FakeEnvironment());
  expect(send(log, 3, 41)).toMatchObject({ ok: true });
  expect(send(log, 3, 43)).toMatchObject({ error: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
});

test("after 2^31-1 comes sequence 0", () => {
  const log = openLog(new FakeEnvironment());
  expect(send(log, 0, 2_147_483_646, 2)).toMatchObject({ ok: true });
  expect(send(log, 0, 0)).toMatchObject({ ok: true });
  expect(send(log, 0, 2_147_483_646, 2)).toMatchObject({ ok: true, duplicate: true, baseOffset: 0 });
  const wrapping = openLog(new FakeEnvironment());
  expect(send(wrapping, 0, 2_147_483_647, 2)).toMatchObject({ ok: true });
  expect(send(wrapping, 0, 2_147_483_647, 2)).toMatchObject({ ok: true, duplicate: true });
  expect(send(wrapping, 0, 1)).toMatchObject({ ok: true });
});

test("a follower builds the same state: as leader it recognises what its leader appended", () => {
  const leader = openLog(new FakeEnvironment());
  const follower = openLog(new FakeEnvironment());
  send(leader, 0, 0, 3);
  send(leader, 0, 3, 2);
  follower.appendAsFollower(leader.read(0, 10_000, 5, true).records);
  expect(send(follower, 0, 3, 2)).toMatchObject({ ok: true, baseOffset: 3, duplicate: true });
  expect(send(follower, 0, 5)).toMatchObject({ ok: true, baseOffset: 5 });
});

test("truncation forgets what was cut: the same batch is appended again, not taken for a duplicate", () => {
  const log = openLog(new FakeEnvironment());
  send(log, 0, 0);
  send(log, 0, 1);
  log.truncateTo(1);
  expect(send(log, 0, 1)).toMatchObject({ ok: true, baseOffset: 1, duplicate: false });
});

test("a restart, clean or not, keeps the last batch of each producer, older retries are out of order", () => {
  for (const clean of [true, false]) {
    const disk = new FakeDisk();
    const log = openLog(new FakeEnvironment({ disk }));
    send(log, 0, 0);
    log.roll();
    send(log, 0, 1);
    send(log, 0, 2);
    if (clean) log.close();
    else disk.crash();
    const after = openLog(new FakeEnvironment({ disk }), {}, { hadCleanShutdown: clean });
    expect(send(after, 0, 2)).toMatchObject({ ok: true, baseOffset: 2, duplicate: true });
    expect(send(after, 0, 1)).toMatchObject({ ok: false, error: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
    expect(send(after, 0, 3)).toMatchObject({ ok: true, baseOffset: 3 });
  }
});

test("a producer that expired while the broker was down is not reloaded, clean or not", () => {
  for (const clean of [true, false]) {
    const disk = new FakeDisk();
    const config = { producerIdExpirationMs: 60_000 };
    const log = openLog(new FakeEnvironment({ disk }), config);
    send(log, 0, 0);
    if (clean) log.close();
    const justInTime = openLog(new FakeEnvironment({ disk: disk.clone(), startMs: 59_999 }), config, {
      hadCleanShutdown: clean,
    });
    expect(justInTime.producerState.activeProducers().length).toBe(1);
    const after = openLog(new FakeEnvironment({ disk, startMs: 60_000 }), config, { hadCleanShutdown: clean });
    expect(after.producerState.activeProducers()).toEqual([]);
  }
});

test("snapshots of earlier crashes and truncations go at a start: those of segments and the newest stay", () => {
  const disk = new FakeDisk();
  let log = openLog(new FakeEnvironment({ disk }));
  for (let i = 0; i < 5; i++) {
    send(log, 0, i);
    if (i === 1) log.roll();
    disk.crash();
    log = openLog(new FakeEnvironment({ disk }));
  }
  const names = disk.list("logs/orders-0").filter((path) => path.endsWith(".snapshot"));
  expect(names.map((path) => Number(path.slice(-29, -9)))).toEqual([2, 4, 5]);
});

test("a damaged snapshot is not trusted: the state is replayed from the log", () => {
  const disk = new FakeDisk();
  const log = openLog(new FakeEnvironment({ disk }));
  send(log, 0, 0);
  send(log, 0, 1);
  log.close();
  const snapshot = "logs/orders-0/00000000000000000002.snapshot";
  const damaged = disk.contents(snapshot).slice();
  damaged[20]! ^= 1;
  disk.overwrite(snapshot, damaged);
  const after = openLog(new FakeEnvironment({ disk }), {}, { hadCleanShutdown: true });
  expect(send(after, 0, 0)).toMatchObject({ ok: true, baseOffset: 0, duplicate: true });
});

test("an idle producer expires, one inside a transaction does not", () => {
  const log = openLog(new FakeEnvironment());
  send(log, 0, 0);
  log.producerState.removeExpired(WALL_START_MS + 999, 1000);
  expect(log.producerState.activeProducers().length).toBe(1);
  log.producerState.removeExpired(WALL_START_MS + 1000, 1000);
  expect(log.producerState.activeProducers()).toEqual([]);
  send(log, 0, 1, 1, true);
  log.producerState.removeExpired(WALL_START_MS + 9000, 1000);
  expect(log.producerState.activeProducers().length).toBe(1);
});

test("the last stable offset waits for the open transaction, then for its marker to be replicated", () => {
  const log = openLog(new FakeEnvironment());
  log.appendAsLeader(batch(["plain"]), 0, "client");
  send(log, 0, 0, 2, true);
  log.setHighWatermark(3);
  expect(log.lastStableOffset).toBe(1);
  expect(send(log, 0, 2, 1, false)).toMatchObject({ error: Errors.INVALID_TXN_STATE });
  expect(marker(log, 0, 1)).toMatchObject({ ok: true, baseOffset: 3 });
  expect(log.lastStableOffset).toBe(1);
  log.setHighWatermark(4);
  expect(log.lastStableOffset).toBe(4);
});

test("the last stable offset is never below the log start, though the open transaction began there", () => {
  const log = openLog(new FakeEnvironment());
  send(log, 0, 0, 2, true);
  log.appendAsLeader(batch(["plain"]), 0, "client");
  log.setHighWatermark(3);
  expect(log.lastStableOffset).toBe(0);
  log.maybeIncrementLogStartOffset(2, "delete-records");
  expect(log.lastStableOffset).toBe(2);
});

test("markers: a fenced coordinator is refused, a higher producer epoch fences the zombie", () => {
  const log = openLog(new FakeEnvironment());
  send(log, 0, 0, 1, true);
  expect(marker(log, 1, 5)).toMatchObject({ ok: true });
  expect(marker(log, 1, 4)).toMatchObject({ error: Errors.TRANSACTION_COORDINATOR_FENCED });
  expect(marker(log, 0, 6)).toMatchObject({ error: Errors.INVALID_PRODUCER_EPOCH });
  expect(send(log, 0, 1, 1, true)).toMatchObject({ error: Errors.INVALID_PRODUCER_EPOCH });
  expect(send(log, 1, 0, 1, true)).toMatchObject({ ok: true });
});
