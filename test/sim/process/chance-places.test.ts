// Chance places: odds, and streams that do not disturb one another.

import { expect, test } from "vitest";
import { PLACE_NAMES, PLACES, type Buggify, type PlaceName } from "../../../core/buggify.js";
import { RandomStreams } from "../../../sim/kernel/random.js";
import { chancePlaces } from "../../../sim/process/chance-places.js";
import { TraceRecorder } from "../../../sim/trace/recorder.js";

const silent = new TraceRecorder(() => 0);

function placesOf(on: readonly PlaceName[], nodeId = 1, streams = new RandomStreams(7)): Buggify {
  return chancePlaces(on, nodeId, streams, silent);
}

function passes(places: Buggify, place: PlaceName, times: number): readonly boolean[] {
  return Array.from({ length: times }, () => places.strikes(place));
}

test("a place that is on strikes as often as its odds say, one that is off never", () => {
  const on = PLACE_NAMES.filter((_, index) => index % 2 === 0);
  const places = placesOf(on);
  for (const place of PLACE_NAMES) {
    const struck = passes(places, place, 20_000).filter(Boolean).length;
    const [strikes, of] = PLACES[place].odds;
    expect(places.isOn(place)).toBe(on.includes(place));
    if (!on.includes(place)) expect(struck).toBe(0);
    else expect(Math.abs(struck - (20_000 * strikes) / of), place).toBeLessThan(500 * Math.sqrt(strikes / of));
  }
});

test("nothing is drawn while everything is off, nor for a place that is off", () => {
  const draws: string[] = [];
  const streams = new RandomStreams(7);
  streams.logDraws((stream) => draws.push(stream));
  passes(placesOf([], 1, streams), "short-fetch", 10);
  passes(placesOf(["early-roll"], 1, streams), "short-fetch", 10);
  expect(draws).toEqual([]);
  passes(placesOf(["short-fetch"], 1, streams), "short-fetch", 2);
  expect(draws).toEqual(["buggify/short-fetch/1", "buggify/short-fetch/1"]);
});

test("a place switched off or passed once more moves no other place, and no other node's", () => {
  const plain = placesOf(["small-batch", "early-roll"]);
  const alone = placesOf(["early-roll"]);
  expect(passes(alone, "early-roll", 200)).toEqual(passes(plain, "early-roll", 200));

  const before = passes(placesOf(["small-batch"], 2), "small-batch", 200);
  const streams = new RandomStreams(7);
  const [first, second] = [placesOf(["small-batch"], 1, streams), placesOf(["small-batch"], 2, streams)];
  passes(first, "small-batch", 13);
  expect(passes(second, "small-batch", 200)).toEqual(before);
  expect(passes(first, "small-batch", 200)).not.toEqual(before);
});

test("each strike is told as a fact of the node where it happened", () => {
  const recorder = new TraceRecorder(() => 5);
  recorder.keep();
  const places = chancePlaces(["poll-of-one"], 3, new RandomStreams(7), recorder);
  const struck = passes(places, "poll-of-one", 100).filter(Boolean).length;
  expect(struck).toBeGreaterThan(0);
  expect(recorder.events.length).toBe(struck);
  expect(recorder.events[0]).toMatchObject({ type: "buggify.struck", place: "poll-of-one", node: 3, atUs: 5 });
});
