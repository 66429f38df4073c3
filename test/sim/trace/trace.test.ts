import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { TraceEvent, TraceHeader } from "../../../sim/trace/format.js";
import { Digest } from "../../../sim/trace/digest.js";
import { readTrace, TraceFileError, writeTrace } from "../../../sim/trace/json-lines.js";
import { DEFAULT_PROCESS_COSTS } from "../../../sim/process/costs.js";
import { FaultInjector } from "../../../sim/faults/injector.js";
import { connected, request, rig, type Rig } from "../support.js";

/** A run with traffic, files, timers and faults; returns its digest. */
function busyRun(seed: number, prepare: (world: Rig) => void, options: object = {}): string {
  const world = rig(3, { seed, ...options }, DEFAULT_PROCESS_COSTS);
  prepare(world);
  for (const id of [1, 2, 3]) {
    const peer = world.peer(id);
    const file = peer.env.storage.open("log");
    peer.onMessage = (back, message) => {
      file.append(Uint8Array.from({ length: 30 }, () => peer.env.random.below(256)));
      file.flush(() => {
        if (message.kind === "request") back.send({ ...message, kind: "response" });
      });
    };
  }
  const connections = [connected(world, 1, 2), connected(world, 2, 3), connected(world, 3, 1)];
  const injector = new FaultInjector(world.cluster, { resolveTarget: (target) => [target as number] });
  injector.schedule([
    { atMs: 20, fault: { kind: "partition", from: [1], to: [2], symmetric: false }, healAtMs: 60 },
    { atMs: 30, fault: { kind: "pause", target: 3 }, healAtMs: 50 },
    { atMs: 80, fault: { kind: "power-loss", target: 2 }, healAtMs: 90 },
  ]);
  for (let id = 1; id <= 100; id++) {
    for (const [index, connection] of connections.entries()) {
      if (world.cluster.isRunning(index + 1)) world.cluster.invoke(index + 1, () => connection.send(request(id)));
    }
    world.run(1);
  }
  world.run(5000);
  return world.cluster.digest.hex();
}

test("one seed has one digest, another seed another", () => {
  const digest = busyRun(1, () => {});
  expect(digest).toMatch(/^[0-9a-f]{16}$/);
  expect(busyRun(1, () => {})).toBe(digest);
  expect(busyRun(2, () => {})).not.toBe(digest);
});

test("recording, listening, freezing and round trips on the wire do not change the digest", () => {
  const digest = busyRun(1, () => {});
  expect(busyRun(1, (world) => world.cluster.recorder.keep())).toBe(digest);
  expect(busyRun(1, (world) => world.cluster.recorder.listen(() => {}))).toBe(digest);
  expect(busyRun(1, () => {}, { network: { freezeMessages: true } })).toBe(digest);
  const codec = { roundTrip: <T>(message: T): T => structuredClone(message) };
  expect(busyRun(1, () => {}, { network: { codec } })).toBe(digest);
});

test("the digest tells apart what differs in one number or in order", () => {
  const of = (...values: number[]): string => {
    const digest = new Digest();
    for (const value of values) digest.mix(value);
    return digest.hex();
  };
  const seen = new Set<string>();
  for (let first = 0; first < 100; first++) for (let second = 0; second < 100; second++) seen.add(of(first, second));
  expect(seen.size).toBe(10_000);
});

test("causes lead back: delivery to sending, sending to the delivery before it, all to the script", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.recorder.keep();
  world.peer(2).onMessage = (back, message) => back.send({ ...message, kind: "response" });
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(50);
  const events = world.cluster.recorder.events;
  expect(events.map((event) => [event.type, event.node])).toEqual([
    ["message.sent", 1],
    ["message.delivered", 2],
    ["message.sent", 2],
    ["message.delivered", 1],
  ]);
  expect(events.map((event) => event.cause)).toEqual([0, 1, 2, 3]);
  expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
});

test("a timer's cause is the event that armed it", () => {
  const world = rig(2);
  const connection = connected(world, 1, 2);
  world.cluster.recorder.keep();
  const peer = world.peer(2);
  const timer = peer.env.timers.create("linger", () => {});
  peer.onMessage = () => timer.arm(5);
  world.cluster.invoke(1, () => connection.send(request(1)));
  world.run(50);
  const [, delivered, fired] = world.cluster.recorder.events;
  expect(fired).toMatchObject({ type: "timer.fired", name: "linger", node: 2, cause: delivered!.seq });
});

test("nothing is emitted while nobody listens, and a listener can leave", () => {
  const world = rig(1);
  expect(world.cluster.recorder.enabled).toBe(false);
  const heard: string[] = [];
  const leave = world.cluster.recorder.listen((event) => heard.push(event.type));
  world.cluster.note("now");
  leave();
  world.cluster.note("later");
  expect(heard).toEqual(["note"]);
  expect(world.cluster.recorder.enabled).toBe(false);
});

const HEADER: TraceHeader = { format: "samsa-trace", version: 1, seed: 7, scenario: "test", nodes: [] };

function note(seq: number, text: string): TraceEvent {
  return { seq, atUs: seq * 10, node: -1, cause: 0, type: "note", text };
}

test("a trace file reads back as written, bytes summarised", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      const events = texts.map((text, index) => note(index + 1, text));
      expect(readTrace(writeTrace({ header: HEADER, events }))).toEqual({ header: HEADER, events });
    }),
  );
  const carrying = { ...note(1, "x"), body: { records: new Uint8Array(5) } } as TraceEvent;
  const read = readTrace(writeTrace({ header: HEADER, events: [carrying] }));
  expect(read.events[0]).toMatchObject({ body: { records: { bytes: 5 } } });
  const summarised = writeTrace({ header: HEADER, events: [carrying] }, (bytes) => `${bytes.length} bytes`);
  expect(readTrace(summarised).events[0]).toMatchObject({ body: { records: "5 bytes" } });
});

test.each([
  ["", "The trace is empty: line 1 should be its header."],
  ["hello\n", "The trace is damaged: line 1 is not JSON."],
  ["{}\n", 'This is not a Samsa trace: line 1 has no "format":"samsa-trace".'],
  ['{"format":"samsa-trace","version":2}\n', "The trace has version 2 in line 1; this program reads version 1."],
  ['{"format":"samsa-trace","version":1}\n', "The trace's header in line 1 lacks its seed, scenario or nodes."],
  [
    `${JSON.stringify(HEADER)}\n`,
    "An earlier Samsa wrote this trace, which did not count the events in line 1; write it again with samsa run --trace.",
  ],
])("reading %j fails with one sentence", (text, sentence) => {
  expect(() => readTrace(text)).toThrow(new TraceFileError(sentence));
});

test("a truncated, damaged or reordered trace names the line", () => {
  const text = writeTrace({ header: HEADER, events: [note(1, "a"), note(2, "b")] });
  expect(() => readTrace(text.slice(0, -5))).toThrow("The trace is truncated: line 3 does not end in a line feed.");
  expect(() => readTrace(text.replace('"seq":2', '"seq":"2"'))).toThrow(
    "The trace is damaged: line 3 is not an event.",
  );
  expect(() => readTrace(text.replace('"seq":2', '"seq":1'))).toThrow("The trace is damaged: line 3 is out of order.");
});

test("a trace that ends too early or goes on too long is refused, at a line's end too; so is a hole in it", () => {
  const whole = writeTrace({ header: HEADER, events: [note(1, "a"), note(2, "b"), note(3, "c")] });
  const lines = whole.trimEnd().split("\n");
  const read = (...kept: readonly (string | undefined)[]) => readTrace(`${kept.join("\n")}\n`);
  const counts = "its header in line 1 counts 3 events, and";
  expect(() => read(...lines.slice(0, 3))).toThrow(`The trace is truncated: ${counts} 2 follow it.`);
  expect(() => read(lines[0])).toThrow(`The trace is truncated: ${counts} 0 follow it.`);
  expect(() => read(...lines, JSON.stringify(note(4, "d")))).toThrow(`The trace is damaged: ${counts} 4 follow it.`);
  const hole = "The trace is damaged: before line 3 events are missing.";
  expect(() => read(lines[0], lines[1], lines[3])).toThrow(new TraceFileError(hole));
});
