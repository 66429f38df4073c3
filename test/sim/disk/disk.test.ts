import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FileContent } from "../../../sim/disk/file-content.js";
import { rig, type Rig } from "../support.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function run(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => index % 251);
}

/** What node 1 finds in a file after losing power and starting again. */
function afterPowerLoss(world: Rig, path: string): Uint8Array | undefined {
  world.cluster.machine(1).losePower();
  return world.cluster.machine(1).disk.readFile(path);
}

test("appends, truncations and reads behave as one array of bytes", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("append" as const), n: fc.nat(20) }),
    fc.record({ do: fc.constant("truncate" as const), n: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(120), fc.nat(120), (steps, position, length) => {
      const content = new FileContent();
      let model: number[] = [];
      let next = 0;
      for (const { do: action, n } of steps) {
        if (action === "append") {
          const added = Array.from({ length: n }, () => next++ % 256);
          content.append(Uint8Array.from(added), 0);
          model.push(...added);
        } else {
          content.truncate(n);
          model = model.slice(0, n);
        }
        expect(content.sizeBytes).toBe(model.length);
      }
      expect([...content.read(position, length)]).toEqual(model.slice(position, position + length));
    }),
  );
});

test("a read inside one append is a view, not a copy", () => {
  const content = new FileContent();
  const appended = run(100);
  content.append(appended, 0);
  expect(content.read(0, 100)).toBe(appended);
  expect(content.read(10, 20).buffer).toBe(appended.buffer);
});

test("process crash keeps unflushed bytes, power loss keeps the flushed ones and a prefix of the rest", () => {
  const seenSizes = new Set<number>();
  for (let seed = 1; seed <= 40; seed++) {
    const world = rig(1, { seed });
    const file = world.peer(1).env.storage.open("log");
    file.append(run(100));
    world.cluster.invoke(1, () => file.flush(() => {}));
    world.run(10);
    for (let batch = 0; batch < 3; batch++) file.append(run(50));
    world.cluster.crash(1);
    expect(world.cluster.machine(1).disk.readFile("log")?.length).toBe(250);
    const kept = afterPowerLoss(world, "log")!;
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect(kept.subarray(0, 100)).toEqual(run(100));
    seenSizes.add(kept.length);
  }
  expect(seenSizes).toContain(100);
  expect(seenSizes).toContain(250);
  // Some seeds tear a write in its middle.
  expect([...seenSizes].some((size) => size % 50 !== 0)).toBe(true);
});

test("power loss: a torn write may end in garbage, but never before its own first byte", () => {
  let garbled = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const world = rig(1, { seed });
    const file = world.peer(1).env.storage.open("log");
    file.append(run(200));
    world.cluster.invoke(1, () => file.flush(() => {}));
    world.run(10);
    file.append(run(200));
    const kept = afterPowerLoss(world, "log")!;
    expect(kept.subarray(0, 200)).toEqual(run(200));
    if (kept.subarray(200).some((value, index) => value !== index % 251)) garbled++;
  }
  expect(garbled).toBeGreaterThan(0);
  expect(garbled).toBeLessThan(100);
});

test("a flush covers what was appended before it, not what follows or replaces it", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = rig(1, { seed });
    const file = world.peer(1).env.storage.open("log");
    file.append(run(100));
    world.cluster.invoke(1, () => file.flush(() => {}));
    file.truncate(40);
    file.append(bytes(...Array.from({ length: 60 }, () => 7)));
    world.run(10);
    expect(world.cluster.machine(1).disk.find("log")?.content.durableBytes).toBe(40);
  }
});

test("a flush cut short by power loss calls nobody and makes nothing durable", () => {
  const world = rig(1);
  let flushed = 0;
  const file = world.peer(1).env.storage.open("log");
  file.append(run(100));
  world.cluster.invoke(1, () => file.flush(() => flushed++));
  afterPowerLoss(world, "log");
  world.cluster.start(1);
  world.run(100);
  expect(flushed).toBe(0);
});

test("the operating system writes back what is older than thirty seconds", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = rig(1, { seed });
    const file = world.peer(1).env.storage.open("log");
    file.append(run(100));
    world.run(31_000);
    file.append(run(100));
    expect(afterPowerLoss(world, "log")!.length).toBeGreaterThanOrEqual(100);
  }
});

test("replace: new bytes at once; after power loss old or new, never a mixture; after its flush always new", () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 30; seed++) {
    const world = rig(1, { seed });
    const { storage } = world.peer(1).env;
    let durable = 0;
    world.cluster.invoke(1, () => storage.replace("state", bytes(1, 1), () => durable++));
    world.run(10);
    expect(durable).toBe(1);
    world.cluster.invoke(1, () => storage.replace("state", bytes(2, 2, 2)));
    world.cluster.invoke(1, () => storage.replace("other", bytes(3)));
    expect([...storage.open("state").read(0, 9)]).toEqual([2, 2, 2]);
    const kept = afterPowerLoss(world, "state")!;
    outcomes.add(`${[...kept].join("")}/${world.cluster.machine(1).disk.readFile("other")?.join("") ?? "absent"}`);
  }
  expect([...outcomes].sort()).toEqual(["11/3", "11/absent", "222/3", "222/absent"]);
});

test("rename moves the bytes and replaces the target; old handles are invalid", () => {
  const world = rig(1);
  const { storage } = world.peer(1).env;
  const file = storage.open("a.cleaned");
  file.append(bytes(1));
  storage.open("a").append(bytes(2, 2));
  world.cluster.invoke(1, () => file.flush(() => {}));
  storage.rename("a.cleaned", "a");
  expect([...storage.open("a").read(0, 9)]).toEqual([1]);
  expect(storage.exists("a.cleaned")).toBe(false);
  expect(() => file.append(bytes(3))).toThrow("neither removed nor renamed");
  world.run(10);
  expect(afterPowerLoss(world, "a")).toEqual(bytes(1));
});

test("list is recursive, sorted by code unit, and keeps to whole directory names", () => {
  const world = rig(1);
  const { storage } = world.peer(1).env;
  for (const path of ["d/b", "d/a/x", "d2/c", "d/B"]) storage.open(path);
  expect(storage.list("d")).toEqual(["d/B", "d/a/x", "d/b"]);
});

test("flushes queue on the disk, and a slow disk makes them longer", () => {
  const world = rig(1);
  const { env } = world.peer(1);
  const file = env.storage.open("log");
  const doneAtMs: number[] = [];
  const flush = (): void => file.flush(() => doneAtMs.push(env.clock.monotonicMs()));
  world.cluster.machine(1).disk.slowFactor = 10;
  world.cluster.machine(1).disk.slowExtraUs = 5_000;
  world.cluster.invoke(1, () => [flush(), flush()]);
  world.run(100);
  expect(doneAtMs).toEqual([10, 20]);
});

test("a full disk refuses growth but flushes; a failed disk refuses both", () => {
  const world = rig(1);
  const { storage } = world.peer(1).env;
  const { disk } = world.cluster.machine(1);
  const file = storage.open("log");
  file.append(bytes(1));
  const results: string[] = [];
  for (const fault of ["full", "failed"] as const) {
    disk.fault = fault;
    results.push(file.append(bytes(2)));
    world.cluster.invoke(1, () => file.flush((result) => results.push(`flush ${result}`)));
    world.cluster.invoke(1, () => storage.replace("state", bytes(1), (result) => results.push(`replace ${result}`)));
    world.run(10);
  }
  expect(results).toEqual([
    "io-error",
    "replace io-error",
    "flush ok",
    "io-error",
    "replace io-error",
    "flush io-error",
  ]);
  expect(storage.exists("state")).toBe(false);
  expect(file.sizeBytes).toBe(1);
});

test("bit rot changes one bit of this disk's bytes, and of no array others hold", () => {
  const world = rig(1);
  const { storage } = world.peer(1).env;
  const shared = run(64);
  storage.open("t-0/00.log").append(shared);
  world.cluster.machine(1).corrupt(undefined, 10);
  expect(shared).toEqual(run(64));
  const rotten = storage.open("t-0/00.log").read(0, 64);
  const changed = [...rotten].filter((value, index) => value !== shared[index]);
  expect(changed.length).toBe(1);
  expect(rotten[10]).not.toBe(10);
});

test("a wiped disk is empty", () => {
  const world = rig(1);
  world.peer(1).env.storage.open("a").append(bytes(1));
  world.cluster.machine(1).wipeDisk();
  world.cluster.start(1);
  expect(world.peer(1).env.storage.list("")).toEqual([]);
});
