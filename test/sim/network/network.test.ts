import * as fc from "fast-check";
import { expect, test } from "vitest";
import { connected, request, rig } from "../support.js";

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

test("dialling opens on one side and is accepted on the other", () => {
  const world = rig(2);
  connected(world, 1, 2);
  expect(world.seen(1)).toEqual(["opened"]);
  expect(world.seen(2)).toEqual(["accepted"]);
});

test("a port nobody listens on, and a name nobody has, refuse", () => {
  const world = rig(2);
  world.cluster.crash(2);
  connected(world, 1, 2);
  connected(world, 1, 77);
  expect(world.seen(1)).toEqual(["closed", "closed"]);
});

test("messages arrive in the order sent, whatever their latencies and sizes", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  for (let id = 1; id <= 200; id++) world.cluster.invoke(1, () => connection.send(request(id)));
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", ...numbers(1, 200)]);
});

test("a message travels at least the smallest latency and is the very object that was sent", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const message = request(1);
  let received: unknown;
  world.peer(2).onMessage = (_, arrived) => {
    received = arrived;
  };
  world.cluster.invoke(1, () => connection.send(message));
  world.run(0.08);
  expect(received).toBeUndefined();
  world.run(5);
  expect(received).toBe(message);
});

test("a partition leaves connections open and mute, and what was sent arrives in order after it heals", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const heal = world.cluster.network.addLinkRule((from, to) => (from !== to ? { blocks: true } : undefined));
  for (let id = 1; id <= 5; id++) {
    world.cluster.invoke(1, () => connection.send(request(id)));
    world.run(1000);
  }
  expect(world.seen(2)).toEqual(["accepted"]);
  expect(world.seen(1)).toEqual(["opened"]);
  heal();
  world.cluster.invoke(1, () => connection.send(request(6)));
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", ...numbers(1, 6)]);
});

test("what waits before a partition is repeated by a dead process's machine, and by nobody once that lost its power", () => {
  const seen = (["crash", "losePower"] as const).map((end) => {
    const world = rig(2);
    const connection = connected(world, 1, 2);
    const heal = world.cluster.network.addLinkRule((from, to) => (from !== to ? { blocks: true } : undefined));
    world.cluster.invoke(1, () => connection.send(request(1)));
    world.run(1000);
    world.cluster.invoke(1, () => connection.send(request(2)));
    world.cluster.machine(1)[end]();
    world.run(1000);
    expect(world.cluster.network.heldMessages).toBe(end === "crash" ? 2 : 0);
    heal();
    world.run(50);
    return world.seen(2);
  });
  expect(seen).toEqual([["accepted", "1", "2", "closed"], ["accepted"]]);
});

test("a one-way partition stops one direction only", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.network.addLinkRule((from, to) => (from === 2 && to === 1 ? { blocks: true } : undefined));
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(50);
  world.cluster.invoke(2, () => world.peer(2).accepted[0]!.send(request(2)));
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", "1"]);
  expect(world.seen(1)).toEqual(["opened"]);
});

test("a dial into a partition hangs until it heals, or until the dialler gives up", () => {
  const world = rig(2);
  const heal = world.cluster.network.addLinkRule((from, to) => (from !== to ? { blocks: true } : undefined));
  const patient = connected(world, 1, 2);
  const impatient = connected(world, 1, 2);
  world.run(5000);
  world.cluster.invoke(1, () => impatient.close());
  expect(world.seen(1)).toEqual([]);
  heal();
  world.run(50);
  world.cluster.invoke(1, () => patient.send(request(1)));
  world.run(50);
  expect(world.seen(1)).toEqual(["opened"]);
  expect(world.seen(2).filter((what) => what === "1")).toEqual(["1"]);
});

test("hold stops matching messages and all behind them; release lets them arrive in order", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const hold = world.cluster.network.hold({ from: [1], to: [2], apiKey: 0, kind: "request" });
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.cluster.invoke(1, () => connection.send(request(2, 0)));
  world.cluster.invoke(1, () => connection.send(request(3)));
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", "1"]);
  expect(world.cluster.network.heldMessages).toBe(2);
  hold.release();
  world.run(0.001);
  expect(world.seen(2)).toEqual(["accepted", "1", "2", "3"]);
});

test("two holds on one connection: the one that stands still stops what is behind it", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const first = world.cluster.network.hold({ apiKey: 0 });
  const second = world.cluster.network.hold({ apiKey: 1 });
  world.cluster.invoke(1, () => [request(1, 0), request(2, 1), request(3, 0)].forEach((m) => connection.send(m)));
  world.run(50);
  first.release();
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", "1"]);
  second.release();
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", "1", "2", "3"]);
});

test("any sequence of sends, cuts, heals, holds and releases delivers everything once and in order", () => {
  const action = fc.constantFrom("send", "send", "cut", "heal", "hold", "release", "wait");
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const world = rig(2);
      const connection = connected(world, 1, 2);
      let sent = 0;
      const undo: (() => void)[] = [];
      for (const what of actions) {
        if (what === "send") {
          const id = ++sent;
          world.cluster.invoke(1, () => connection.send(request(id, id % 3)));
        } else if (what === "cut") {
          undo.push(world.cluster.network.addLinkRule((from) => (from === 1 ? { blocks: true } : undefined)));
        } else if (what === "hold") {
          const hold = world.cluster.network.hold({ apiKey: 1 });
          undo.push(() => hold.release());
        } else if (what === "wait") world.run(0.15);
        else undo.shift()?.();
      }
      for (const each of undo) each();
      world.run(100);
      expect(world.seen(2)).toEqual(["accepted", ...(sent === 0 ? [] : numbers(1, sent))]);
      expect(world.cluster.network.lostMessages).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test("close: what was sent before arrives, then the peer learns; nothing follows on this side", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.invoke(1, () => {
    connection.send(request(1));
    connection.close();
    connection.send(request(2));
    connection.close();
  });
  world.run(50);
  expect(world.seen(2)).toEqual(["accepted", "1", "closed"]);
  expect(world.seen(1)).toEqual(["opened"]);
});

test("a reset closes both sides and loses what is under way; a new dial works", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.cluster.network.resetConnections(2, 1);
  world.run(50);
  expect(world.seen(1)).toEqual(["opened", "closed"]);
  expect(world.seen(2)).toEqual(["accepted", "closed"]);
  expect(world.cluster.network.lostMessages).toBe(1);
  connected(world, 1, 2);
  expect(world.seen(1).at(-1)).toBe("opened");
});

test("refused connections: new dials fail, old connections live", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.network.addLinkRule((_, to) => (to === 2 ? { refuses: true } : undefined));
  connected(world, 1, 2);
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(50);
  expect(world.seen(1)).toEqual(["opened", "closed"]);
  expect(world.seen(2)).toEqual(["accepted", "1"]);
});

test("a slow link adds its delay", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.network.addLinkRule((from) => (from === 1 ? { extraUs: 300_000 } : undefined));
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(299);
  expect(world.seen(2)).toEqual(["accepted"]);
  world.run(10);
  expect(world.seen(2)).toEqual(["accepted", "1"]);
});

test("frozen messages: a node that changes what it received fails", () => {
  const world = rig(2, { network: { freezeMessages: true } });
  const connection = connected(world, 1, 2);
  world.peer(2).onMessage = (_, message) => {
    (message.body as { text: string }).text = "mine";
  };
  world.cluster.invoke(1, () => connection.send(request(1)));
  expect(() => world.run(50)).toThrow(/n2 \(node 2\) failed at .*read only/);
});

test("a message rule may reset the connection of a message it does not like", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  const remove = world.cluster.network.addMessageRule(({ message }) => (message.apiKey === 0 ? "reset" : "pass"));
  world.cluster.invoke(1, () => [request(1), request(2, 0), request(3)].forEach((m) => connection.send(m)));
  world.run(50);
  remove();
  expect(world.seen(2)).toEqual(["accepted", "1", "closed"]);
  expect(world.seen(1)).toEqual(["opened", "closed"]);
  expect(world.cluster.network.lostMessages).toBe(2);
});
