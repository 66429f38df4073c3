import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FakeDisk, FakeEnvironment } from "../support/fake-environment.js";
import { appended, batch, contents, openLog, records } from "./support.js";

// The log against a list of records.

type Step =
  | { readonly kind: "append"; readonly count: number; readonly epochBump: boolean }
  | { readonly kind: "truncate"; readonly part: number }
  | { readonly kind: "start"; readonly part: number }
  | { readonly kind: "read"; readonly part: number; readonly maxBytes: number }
  | { readonly kind: "roll" | "flush" | "reopen-clean" | "crash" };

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      count: fc.integer({ min: 1, max: 4 }),
      epochBump: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("truncate" as const), part: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("start" as const), part: fc.nat(100) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      part: fc.nat(100),
      maxBytes: fc.integer({ min: 1, max: 600 }),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom("roll", "flush", "reopen-clean", "crash").map((kind) => ({ kind }) as Step) },
);

interface ModelBatch {
  readonly base: number;
  readonly values: readonly string[];
}

test("log vs. model: append, truncate, advance start, read, roll, flush, reopen and process crash in any order", () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 40 }), (steps) => {
      const config = { segmentBytes: 400, indexIntervalBytes: 150 };
      const disk = new FakeDisk();
      let env = new FakeEnvironment({ disk });
      let log = openLog(env, config);
      let model: ModelBatch[] = [];
      let [start, end, epoch, sent] = [0, 0, 0, 0];
      for (const step of steps) {
        const within = "part" in step ? start + Math.floor(((end - start) * step.part) / 100) : 0;
        if (step.kind === "append") {
          if (step.epochBump) epoch += 1;
          const values = Array.from({ length: step.count }, () => `v${sent++}`);
          expect(appended(log, batch(values), epoch)).toBe(end);
          model.push({ base: end, values });
          end += step.count;
        } else if (step.kind === "truncate") {
          log.truncateTo(within);
          if (within < end) {
            model = model.filter(({ base, values }) => base + values.length <= within);
            end = within;
          }
          // A new leader follows every truncation; offsets of a cut batch stay unused.
          epoch += 1;
        } else if (step.kind === "start") {
          log.setHighWatermark(end);
          log.maybeIncrementLogStartOffset(within, "delete-records");
          log.deleteOldSegments();
          start = Math.max(start, within);
        } else if (step.kind === "read") {
          const got = records(log.read(within, step.maxBytes, end, true).records);
          const wanted = flatten(model).filter(({ offset }) => offset >= within);
          const useful = got.filter(({ offset }) => offset >= within);
          expect(useful.map((record) => record.offset)).toEqual(wanted.slice(0, useful.length).map((w) => w.offset));
          if (wanted.length > 0) expect(useful.length).toBeGreaterThan(0);
        } else if (step.kind === "roll") log.roll();
        else if (step.kind === "flush") log.flush();
        else {
          const isClean = step.kind === "reopen-clean";
          if (isClean) log.close();
          const kept = { logStartOffset: start, recoveryPoint: log.recoveryPoint, highWatermark: log.highWatermark };
          const epochsBefore = [...log.epochEntries];
          if (isClean) env.runPending();
          disk.crash();
          env = new FakeEnvironment({ disk });
          log = openLog(env, config, { ...kept, hadCleanShutdown: isClean, mayHaveGaps: true });
          // Offsets of a batch cut in its middle were never records: the end falls back to the last batch.
          end = model.length === 0 ? log.logEndOffset : Math.max(log.logEndOffset, lastEnd(model));
          expect(log.logEndOffset).toBe(end);
          expect(log.epochEntries.length).toBeLessThanOrEqual(epochsBefore.length);
        }
        const wanted = flatten(model).filter(({ offset }) => offset >= start);
        expect(contents(log)).toEqual(wanted.map(({ offset, value }) => `${offset}:${value}`));
        expect(log.logEndOffset).toBe(end);
        expect(log.logStartOffset <= log.highWatermark && log.highWatermark <= log.logEndOffset).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

function flatten(model: readonly ModelBatch[]): readonly { offset: number; value: string }[] {
  return model.flatMap(({ base, values }) => values.map((value, i) => ({ offset: base + i, value })));
}

function lastEnd(model: readonly ModelBatch[]): number {
  const last = model[model.length - 1]!;
  return last.base + last.values.length;
}

test("power loss at any byte: what survives is a prefix of whole batches, at least up to the recovery point", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 15 }),
      fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }),
      (appends, kept) => {
        const disk = new FakeDisk();
        const env = new FakeEnvironment({ disk });
        const log = openLog(env, { segmentBytes: 300, indexIntervalBytes: 50 });
        const ends: number[] = [0];
        appends.forEach(([count, flushes], epoch) => {
          appended(log, batch(Array.from({ length: count }, (_, i) => `r${i}`)), epoch);
          ends.push(log.logEndOffset);
          if (flushes) log.flush();
          if (flushes && epoch % 2 === 0) env.runPending();
        });
        const before = contents(log);
        const { recoveryPoint } = log;
        let file = 0;
        disk.powerLoss((_path, unflushed) => Math.floor((unflushed * kept[file++ % kept.length]!) / 1000));
        const after = openLog(new FakeEnvironment({ disk }), { segmentBytes: 300 }, { recoveryPoint });
        expect(after.logEndOffset).toBeGreaterThanOrEqual(recoveryPoint);
        expect(ends).toContain(after.logEndOffset);
        expect(contents(after)).toEqual(before.slice(0, after.logEndOffset));
        for (const { startOffset } of after.epochEntries) expect(startOffset).toBeLessThan(after.logEndOffset);
        appended(after, batch(["again"]), 99);
        expect(contents(after).length).toBe(after.logEndOffset);
      },
    ),
    { numRuns: 300 },
  );
});

test("recovery: a batch that fails its CRC ends the log, and the segments behind it go", () => {
  const disk = new FakeDisk();
  const log = openLog(new FakeEnvironment({ disk }), { segmentBytes: 160 });
  for (let i = 0; i < 6; i++) appended(log, batch([`r${i}`]));
  const segments = disk.list("logs/orders-0").filter((path) => path.endsWith(".log"));
  expect(segments.length).toBe(3);
  const damaged = disk.contents(segments[1]!).slice();
  damaged[damaged.length - 1]! ^= 1;
  disk.overwrite(segments[1]!, damaged);
  const env = new FakeEnvironment({ disk });
  const after = openLog(env, { segmentBytes: 160 });
  expect(contents(after)).toEqual(["0:r0", "1:r1", "2:r2"]);
  expect(after.logEndOffset).toBe(3);
  expect(env.trace.ofType("log.opened")[0]!.droppedBytes).toBeGreaterThan(0);
});

test("recovery: a missing or torn index is rebuilt, even after a clean shutdown", () => {
  const disk = new FakeDisk();
  const log = openLog(new FakeEnvironment({ disk }), { segmentBytes: 1000, indexIntervalBytes: 50 });
  for (let i = 0; i < 30; i++) appended(log, batch([`r${i}`], {}, 1000 + i));
  log.close();
  const index = "logs/orders-0/00000000000000000000.index";
  const whole = disk.contents(index);
  disk.overwrite(index, whole.subarray(0, whole.length - 3));
  disk.remove("logs/orders-0/00000000000000000013.timeindex");
  const after = openLog(new FakeEnvironment({ disk }), { indexIntervalBytes: 50 }, { hadCleanShutdown: true });
  expect(contents(after).length).toBe(30);
  expect(disk.contents(index)).toEqual(whole);
  expect(after.offsetForTimestamp(1020)).toMatchObject({ offset: 20 });
});

test("recovery: a log that ends before its checkpointed start is emptied and starts there", () => {
  const disk = new FakeDisk();
  const log = openLog(new FakeEnvironment({ disk }));
  appended(log, batch(["a", "b"]));
  const after = openLog(new FakeEnvironment({ disk }), {}, { logStartOffset: 10 });
  expect([after.logStartOffset, after.highWatermark, after.logEndOffset]).toEqual([10, 10, 10]);
});

test("recovery: a segment that lost its tail between two batches ends the log, also if compaction may make gaps, unless something is behind", () => {
  const reopened = (options: { readonly mayHaveGaps: boolean; readonly isLastEmpty: boolean }): number => {
    const disk = new FakeDisk();
    const log = openLog(new FakeEnvironment({ disk }), { segmentBytes: 160 });
    for (let i = 0; i < 5; i++) appended(log, batch([`r${i}`]));
    const [, middle, last] = disk.list("logs/orders-0").filter((path) => path.endsWith(".log"));
    const whole = disk.contents(middle!);
    disk.overwrite(middle!, whole.subarray(0, whole.length / 2));
    if (options.isLastEmpty) disk.overwrite(last!, new Uint8Array(0));
    return openLog(new FakeEnvironment({ disk }), { segmentBytes: 160 }, options).logEndOffset;
  };
  expect(reopened({ mayHaveGaps: false, isLastEmpty: false })).toBe(3);
  expect(reopened({ mayHaveGaps: true, isLastEmpty: false })).toBe(5);
  // Followers could not pass a gap behind which nothing lies, and without them nothing may be written there.
  expect(reopened({ mayHaveGaps: true, isLastEmpty: true })).toBe(3);
});
