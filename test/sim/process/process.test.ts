import { describe, expect, test } from "vitest";
import { LocalClock } from "../../../sim/process/local-clock.js";
import { DEFAULT_PROCESS_COSTS, FREE_PROCESS_COSTS } from "../../../sim/process/costs.js";
import { connected, request, type Rig, rig } from "../support.js";

test("process crash: the peer's connection closes soon, and a restart finds its files", () => {
  const world = rig(2);
  connected(world, 1, 2);
  world.cluster.invoke(2, () => world.peer(2).env.storage.open("a").append(Uint8Array.of(1, 2)));
  world.cluster.crash(2);
  world.run(5);
  expect(world.seen(1)).toEqual(["opened", "closed"]);
  world.cluster.start(2);
  expect(world.peer(2).env.storage.open("a").sizeBytes).toBe(2);
});

test("power loss: the peer hears nothing until the machine is back and it has sent something", () => {
  const world = rig(3);
  const talking = connected(world, 1, 2);
  connected(world, 3, 2);
  world.cluster.machine(2).losePower();
  world.cluster.invoke(1, () => talking.send(request(1)));
  world.run(60_000);
  expect(world.seen(1)).toEqual(["opened"]);
  world.cluster.start(2);
  world.run(5_000);
  expect(world.seen(1)).toEqual(["opened", "closed"]);
  // Node 3 never spoke: its connection is half open, as in life.
  expect(world.seen(3)).toEqual(["opened"]);
});

test("a dial to a dark machine is answered when it comes back", () => {
  const world = rig(2);
  world.cluster.machine(2).losePower();
  connected(world, 1, 2);
  world.run(10_000);
  expect(world.seen(1)).toEqual([]);
  world.cluster.start(2);
  world.run(2_000);
  expect(world.seen(1)).toEqual(["opened"]);
});

test("a dead process's environment does nothing: timers, sends, writes", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const { env } = world.peer(1);
  let fired = 0;
  const timer = env.timers.create("late", () => fired++);
  world.cluster.invoke(1, () => timer.arm(5));
  const file = env.storage.open("a");
  world.cluster.crash(1);
  timer.arm(1);
  connection.send(request(1));
  expect(file.append(Uint8Array.of(1))).toBe("io-error");
  file.flush(() => fired++);
  world.run(100);
  expect(fired).toBe(0);
  expect(world.seen(2)).toEqual(["accepted", "closed"]);
  expect(world.cluster.machine(1).disk.readFile("a")?.length).toBe(0);
});

test("pause: messages and timers wait and are handled in order at resume", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const { env, seen } = world.peer(2);
  const timer = env.timers.create("tick", () => seen.push(`tick at ${env.clock.monotonicMs()}`));
  world.cluster.invoke(2, () => timer.arm(100));
  world.cluster.machine(2).pause();
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(500);
  world.cluster.invoke(1, () => connection.send(request(2)));
  world.run(500);
  expect(world.seen(2)).toEqual(["accepted"]);
  world.cluster.machine(2).resume();
  world.run(1);
  expect(world.seen(2)).toEqual(["accepted", "1", "tick at 1020", "2"]);
});

test("a paused machine still completes handshakes: its process accepts at resume", () => {
  const world = rig(2);
  world.cluster.machine(2).pause();
  connected(world, 1, 2);
  expect(world.seen(1)).toEqual(["opened"]);
  expect(world.seen(2)).toEqual([]);
  world.cluster.machine(2).resume();
  world.run(1);
  expect(world.seen(2)).toEqual(["accepted"]);
});

test("handling takes time: requests queue, and each reply leaves when its request's time is spent", () => {
  const world = rig(2, {}, { ...FREE_PROCESS_COSTS, requestNs: 10_000_000 });
  const connection = connected(world, 1, 2);
  const startsMs: number[] = [];
  const repliesMs: number[] = [];
  const begin = world.cluster.simulation.nowUs();
  const elapsedMs = (): number => Math.floor((world.cluster.simulation.nowUs() - begin) / 1000);
  world.peer(2).onMessage = (back, message) => {
    startsMs.push(elapsedMs());
    back.send({ ...message, kind: "response" });
  };
  world.peer(1).onMessage = () => repliesMs.push(elapsedMs());
  world.cluster.invoke(1, () => [1, 2, 3].forEach((id) => connection.send(request(id))));
  world.run(100);
  expect(startsMs).toEqual([0, 10, 20]);
  expect(repliesMs).toEqual([10, 20, 30]);
});

test("timers: re-arming moves the deadline, cancelling forgets it, each arming fires once", () => {
  const world = rig(1);
  const { env } = world.peer(1);
  const fired: string[] = [];
  const make = (name: string): ReturnType<typeof env.timers.create> =>
    env.timers.create(name, () => fired.push(`${name} at ${env.clock.monotonicMs()}`));
  const [later, sooner, cancelled, twice] = [make("later"), make("sooner"), make("cancelled"), make("twice")];
  world.cluster.invoke(1, () => {
    later.arm(10);
    later.arm(50);
    sooner.arm(50);
    sooner.arm(20);
    cancelled.arm(15);
    cancelled.cancel();
    twice.arm(5);
  });
  world.run(30);
  world.cluster.invoke(1, () => twice.arm(5));
  world.run(100);
  expect(fired).toEqual(["twice at 5", "sooner at 20", "twice at 35", "later at 50"]);
  expect(later.armed).toBe(false);
});

test("timers: re-arming a thousand times leaves no trail of queue entries", () => {
  const world = rig(1);
  const timer = world.peer(1).env.timers.create("session", () => {});
  const short = world.peer(1).env.timers.create("short", () => {});
  for (let round = 0; round < 20_000; round++) {
    world.cluster.invoke(1, () => {
      timer.arm(30_000);
      short.arm(60_000);
      short.arm(1);
    });
    world.run(1);
  }
  expect(world.cluster.simulation.queueEntries).toBeLessThan(1000);
});

test("graceful shutdown: the node is asked, then its process ends and its connections close", () => {
  const world = rig(2);
  connected(world, 1, 2);
  let stopped = false;
  world.cluster.machine(2).shutdown(() => {
    stopped = true;
  });
  world.run(20);
  expect(world.seen(2)).toEqual(["accepted", "shutdown"]);
  expect(stopped).toBe(true);
  expect(world.cluster.isRunning(2)).toBe(false);
  expect(world.seen(1)).toEqual(["opened", "closed"]);
});

test("an external peer exchanges messages with nodes", () => {
  const world = rig(1);
  world.peer(1).onMessage = (back, message) => back.send({ ...message, kind: "response" });
  const external = world.cluster.addExternal({ nodeId: 900, name: "bridge" });
  const got: number[] = [];
  const connection = external.act(() =>
    external.environment.network.connect(
      { host: "n1", port: 9092 },
      { onOpen: () => {}, onMessage: (message) => got.push(message.correlationId), onClose: () => got.push(-1) },
    ),
  );
  connection.send(request(5));
  world.run(50);
  expect(got).toEqual([5]);
  external.end();
  world.run(50);
  expect(world.seen(1).at(-1)).toBe("closed");
});

test("clocks: drift changes rates for clocks and timers, steps move the wall clock only", () => {
  const world = rig(2, {}, DEFAULT_PROCESS_COSTS);
  world.cluster.machine(1).clock.setDrift(100_000, 0);
  const { env } = world.peer(1);
  const fired: number[] = [];
  const timer = env.timers.create("tick", () => fired.push(world.cluster.simulation.nowUs()));
  world.cluster.invoke(1, () => timer.arm(1100));
  world.run(2000);
  expect(env.clock.monotonicMs()).toBe(2200);
  expect(fired).toEqual([1_000_000]);
  const before = env.clock.wallMs();
  world.cluster.machine(1).clock.stepWall(-5000);
  expect(env.clock.wallMs()).toBe(before - 5000);
  expect(env.clock.monotonicMs()).toBe(2200);
});

test("clocks: a moment on the local clock is the first moment that shows it, for any drift", () => {
  for (const ppm of [-200_000, -33, 0, 1, 77, 400_000]) {
    const clock = new LocalClock();
    clock.setDrift(ppm, 12_345);
    for (const localUs of [12_345, 12_346, 99_999, 1_000_001, 86_400_000_000]) {
      const simUs = clock.simUsAt(localUs);
      expect(clock.localUs(simUs)).toBeGreaterThanOrEqual(localUs);
      expect(clock.localUs(simUs - 1)).toBeLessThan(localUs);
    }
  }
});

test("an exception in a node names node and time", () => {
  const world = rig(1);
  const timer = world.peer(1).env.timers.create("bad", () => {
    throw new Error("should hold: the sky is up");
  });
  world.cluster.invoke(1, () => timer.arm(3));
  expect(() => world.run(10)).toThrow("n1 (node 1) failed at 0.003000 s: should hold: the sky is up");
});

describe("a death midway", () => {
  test("what was done before the operation stands; what comes after it, and every message, never happens", () => {
    const world = rig(2);
    world.cluster.recorder.keep();
    const connection = connected(world, 1, 2);
    world.cluster.machine(1).dieMidway({ operation: "append", nth: 2 }, "crash");
    let wentOn = false;
    world.cluster.invoke(1, () => {
      const { storage } = world.peer(1).env;
      const file = storage.open("a");
      connection.send(request(1));
      file.append(Uint8Array.of(1));
      file.append(Uint8Array.of(2));
      wentOn = true;
    });
    world.run(50);
    const machine = world.cluster.machine(1);
    expect([wentOn, machine.isRunning, machine.disk.readFile("a")]).toEqual([false, false, Uint8Array.of(1)]);
    expect(world.seen(2)).toEqual(["accepted", "closed"]);
    expect(world.cluster.recorder.events.filter((event) => event.type === "message.lost").length).toBe(1);
    expect(world.cluster.recorder.events.find((event) => event.type === "process.crashed")).toMatchObject({
      how: "crash",
      before: { operation: "append", path: "a" },
    });
    world.cluster.start(1);
    world.cluster.invoke(1, () => world.peer(1).env.storage.open("a").append(Uint8Array.of(3)));
    expect(machine.disk.readFile("a")).toEqual(Uint8Array.of(1, 3));
  });

  test("what the handler had closed is closed all the same, by the operating system, if it lives", () => {
    const peerSeesOf = (how: "crash" | "power-loss"): string[] => {
      const world = rig(2);
      const connection = connected(world, 1, 2);
      world.cluster.machine(1).dieMidway({ operation: "create", nth: 1 }, how);
      world.cluster.invoke(1, () => {
        connection.close();
        world.peer(1).env.storage.open("a");
      });
      world.run(50);
      return world.seen(2);
    };
    expect(peerSeesOf("crash")).toEqual(["accepted", "closed"]);
    expect(peerSeesOf("power-loss")).toEqual(["accepted"]);
  });

  const change = (world: Rig): unknown =>
    world.cluster.invoke(1, () => {
      const { storage } = world.peer(1).env;
      storage.open("a").append(Uint8Array.of(1));
      storage.rename("a", "b");
      storage.remove("b");
      storage.replace("c", Uint8Array.of(1));
      storage.open("c").truncate(0);
    });

  test.each([
    ["create", "a"],
    ["append", "a"],
    ["rename", "a"],
    ["remove", "b"],
    ["replace", "c"],
    ["truncate", "c"],
  ] as const)("before it would %s a file", (operation, path) => {
    const world = rig(1);
    world.cluster.recorder.keep();
    world.cluster.machine(1).dieMidway({ operation, nth: 1 }, "power-loss");
    change(world);
    expect(world.cluster.recorder.events.find((event) => event.type === "process.crashed")).toMatchObject({
      how: "power-loss",
      before: { operation, path },
    });
  });

  test("operations are counted over handlers and restarts, all of them or those of one kind", () => {
    const world = rig(1);
    const machine = world.cluster.machine(1);
    machine.dieMidway({ operation: "any", nth: 8 }, "crash");
    change(world);
    expect(machine.isRunning).toBe(true);
    machine.crash();
    world.cluster.start(1);
    change(world);
    expect([machine.isRunning, machine.disk.paths()]).toEqual([false, ["a", "c"]]);
  });

  test("one that was called off does not come, and none comes twice", () => {
    const world = rig(1);
    const machine = world.cluster.machine(1);
    machine.dieMidway({ operation: "remove", nth: 2 }, "crash").callOff();
    for (let round = 0; round < 3; round++) change(world);
    expect(machine.isRunning).toBe(true);
    const death = machine.dieMidway({ operation: "remove", nth: 1 }, "crash");
    change(world);
    death.callOff();
    world.cluster.start(1);
    change(world);
    expect(machine.isRunning).toBe(true);
  });
});
