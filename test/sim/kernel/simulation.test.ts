import { expect, test } from "vitest";
import { GoalNotReached, Simulation } from "../../../sim/kernel/simulation.js";
import { RandomStreams } from "../../../sim/kernel/random.js";

test("runUntil stops at the event that reaches the goal", () => {
  const simulation = new Simulation(7);
  const happened: number[] = [];
  for (const ms of [3, 1, 2]) simulation.after(ms, () => happened.push(ms));
  simulation.runUntil("two things happened", () => happened.length === 2, 100);
  expect(happened).toEqual([1, 2]);
  expect(simulation.nowUs()).toBe(2000);
});

test("a goal that is not reached names goal, seed and simulated time", () => {
  const simulation = new Simulation(7);
  simulation.after(500, () => {});
  const attempt = (): void => simulation.runUntil("the record is acknowledged", () => false, 100);
  expect(attempt).toThrow(/the record is acknowledged .*time is up; seed 7, simulated time 0\.100000 s/);
  expect(attempt).toThrow(GoalNotReached);
});

test("runForMs ends exactly at its time, events of that moment included", () => {
  const simulation = new Simulation(1);
  let happened = 0;
  simulation.after(10, () => happened++);
  simulation.after(10.001, () => happened++);
  simulation.runForMs(10);
  expect(happened).toBe(1);
  expect(simulation.nowUs()).toBe(10_000);
});

test("requestStop ends the run after the event being handled", () => {
  const simulation = new Simulation(1);
  let later = false;
  simulation.after(1, () => simulation.requestStop(new Error("claim broken")));
  simulation.after(2, () => {
    later = true;
  });
  expect(() => simulation.runForMs(10)).toThrow("claim broken");
  expect(later).toBe(false);
});

test("a stream's draws depend on seed and name alone", () => {
  const alone = new RandomStreams(5).stream("node/1");
  const streams = new RandomStreams(5);
  for (let draw = 0; draw < 10; draw++) streams.stream("node/2").below(100);
  const first = Array.from({ length: 20 }, () => alone.below(1000));
  expect(Array.from({ length: 20 }, () => streams.stream("node/1").below(1000))).toEqual(first);
  const other = new RandomStreams(6).stream("node/1");
  expect(Array.from({ length: 20 }, () => other.below(1000))).not.toEqual(first);
});

test("uuids are version 4, 22 characters, and never start with a hyphen", () => {
  const random = new RandomStreams(1).stream("node/1");
  const uuids = Array.from({ length: 500 }, () => random.uuid());
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    const bytes = Buffer.from(uuid, "base64url");
    expect(bytes.length).toBe(16);
    expect(bytes[6]! >> 4).toBe(4);
  }
  expect(new Set(uuids).size).toBe(500);
});

test("the draw log names stream, bound and value", () => {
  const streams = new RandomStreams(1);
  const draws: string[] = [];
  streams.logDraws((stream, bound, value) => draws.push(`${stream} ${bound} ${value}`));
  const value = streams.stream("faults").below(10);
  expect(draws).toEqual([`faults 10 ${value}`]);
});
