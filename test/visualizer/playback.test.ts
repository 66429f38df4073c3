import { expect, test } from "vitest";
import { createPlayback, MAX_SPEED, MIN_SPEED } from "../../visualizer/playback.js";
import { tellStory } from "../../visualizer/story.js";
import { traceOf } from "../../visualizer/trace-source.js";
import { pageHeader } from "../../visualizer/trace-types.js";
import { syntheticRun } from "./synthetic-trace.js";

const run = syntheticRun(60, 4);
const trace = traceOf(pageHeader(run.header), run.events);
const story = tellStory(trace);

test("playback: a fixed speed moves so many simulated µs a wall ms, and stops at the end", () => {
  const playback = createPlayback(trace, story);
  playback.setSpeed(100);
  playback.advance(50);
  expect(playback.timeUs).toBe(trace.startUs);
  playback.play();
  playback.advance(50);
  expect(playback.timeUs).toBe(trace.startUs + 5_000);
  playback.setSpeed(MAX_SPEED);
  playback.advance(10_000);
  expect(playback.timeUs).toBe(trace.endUs);
  expect(playback.playing).toBe(false);
  playback.play();
  expect(playback.timeUs).toBe(trace.startUs);
});

test("playback: speed keeps to its range, and three steps are a factor of ten", () => {
  const playback = createPlayback(trace, story);
  playback.setSpeed(0);
  expect(playback.speed).toBe(MIN_SPEED);
  playback.setSpeed(1e9);
  expect(playback.speed).toBe(MAX_SPEED);
  playback.setSpeed(100);
  for (let i = 0; i < 3; i++) playback.changeSpeed(1);
  expect(playback.effectiveSpeed).toBeCloseTo(1000);
});

test("playback: automatic speed is slower at a turning point than between two", () => {
  const playback = createPlayback(trace, story);
  const majors = story.filter((item) => item.major).map((item) => item.atUs);
  const gaps = majors.slice(1).map((at, i) => ({ from: majors[i]!, length: at - majors[i]! }));
  const widest = gaps.reduce((best, gap) => (gap.length > best.length ? gap : best));
  playback.seek(widest.from);
  const slow = playback.effectiveSpeed;
  playback.seek(widest.from + widest.length / 2);
  expect(playback.effectiveSpeed).toBeGreaterThan(slow * 2);
});

test("playback: automatic speed plays any run to its end", () => {
  const playback = createPlayback(trace, story);
  playback.play();
  let frames = 0;
  while (playback.playing && frames < 60 * 300) {
    playback.advance(16);
    frames += 1;
  }
  expect(playback.timeUs).toBe(trace.endUs);
});

test("playback: stepping events visits every event once, forwards and backwards", () => {
  const playback = createPlayback(trace, story);
  playback.goTo(0);
  const forwards = [playback.selectedSeq];
  for (let i = 0; i < 40; i++) {
    playback.stepEvent(1);
    forwards.push(playback.selectedSeq);
  }
  expect(forwards).toEqual(trace.events.slice(0, 41).map((event) => event.seq));
  for (let i = 0; i < 40; i++) playback.stepEvent(-1);
  expect(playback.selectedSeq).toBe(trace.events[0]!.seq);
  playback.stepEvent(-1);
  expect(playback.selectedSeq).toBe(trace.events[0]!.seq);
});

test("playback: stepping interesting events visits the whole story in order, and back", () => {
  const playback = createPlayback(trace, story);
  const first = story[0]!;
  playback.seek(trace.startUs);
  const visited: number[] = [];
  // The first event of the trace is itself interesting; standing on it, "next" is the one after.
  while (playback.stepStory(1)) visited.push(playback.selectedSeq);
  const expected = story.filter((item) => item.index > trace.countAt(trace.startUs) - 1).map((item) => item.seq);
  expect(visited).toEqual(expected);
  while (playback.stepStory(-1));
  expect(playback.selectedSeq).toBe(first.seq);
});

test("playback: stepping from a moment between events goes to the nearest on that side", () => {
  const playback = createPlayback(trace, story);
  const at = trace.events.findIndex((event, i) => i > 50 && trace.events[i + 1]!.atUs - event.atUs > 1_000);
  playback.seek(trace.events[at]!.atUs + 500);
  playback.stepEvent(1);
  expect(playback.selectedSeq).toBe(trace.events[at + 1]!.seq);
  playback.seek(trace.events[at]!.atUs + 500);
  playback.stepEvent(-1);
  expect(playback.selectedSeq).toBe(trace.events[at]!.seq);
});

test("playback: the moment shown is a whole µs, however slowly it moves", () => {
  const playback = createPlayback(trace, story);
  playback.setSpeed(1);
  playback.play();
  for (let i = 0; i < 41; i++) playback.advance(0.3);
  expect(playback.timeUs).toBe(trace.startUs + 12);
  playback.seek(trace.startUs + 100.7);
  expect(playback.timeUs).toBe(trace.startUs + 100);
});
