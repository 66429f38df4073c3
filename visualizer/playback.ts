// Playback: where in the run we are looking, and how fast it moves.
// It knows times, not pictures: time is handed in, so that a test can play a run without a clock or a page.

import { lowerBound, type Trace } from "./trace-source.js";
import type { StoryItem } from "./story.js";

/** Simulated µs a wall ms, or "auto": slow near turning points, quick between them. */
export type Speed = number | "auto";

export const MIN_SPEED = 1;
export const MAX_SPEED = 1_000_000;

/** Automatic speed: the slowest, at a turning point (µs a ms: 1/50 of real time), and the time constant of the approach. */
const AUTO_SLOWEST = 20;
const AUTO_APPROACH_MS = 400;
/** Automatic speed never plays the whole run faster than this. */
const AUTO_WHOLE_RUN_MS = 30_000;

export interface Playback {
  /** The moment shown, in whole µs. */
  readonly timeUs: number;
  readonly playing: boolean;
  readonly speed: Speed;
  /** Speed at this moment, in µs a ms. */
  readonly effectiveSpeed: number;
  /** Seq of the event stepped to or picked, 0 for none. */
  readonly selectedSeq: number;
  /** The node picked, if it was picked after the event. */
  readonly selectedNode: number | undefined;
  play(): void;
  pause(): void;
  toggle(): void;
  /** Lets `elapsedMs` of wall time pass. */
  advance(elapsedMs: number): void;
  /** Goes to a time, clamped to the run. Keeps playing or pausing. */
  seek(timeUs: number): void;
  /** Picks an event without moving; 0 picks none. */
  select(seq: number): void;
  /** Picks a node without moving. */
  selectNode(id: number): void;
  /** Goes to an event and picks it. */
  goTo(index: number): void;
  /** Pauses, and goes to the next or previous event of the trace. */
  stepEvent(direction: 1 | -1): void;
  /** Goes to the next or previous interesting event. False if there is none. */
  stepStory(direction: 1 | -1): boolean;
  setSpeed(speed: Speed): void;
  /** Ten times faster or slower, in three steps. */
  changeSpeed(direction: 1 | -1): void;
}

/** Makes a playback at the start of the run, paused. `onChange` is called after every change. */
export function createPlayback(trace: Trace, story: readonly StoryItem[], onChange: () => void = () => {}): Playback {
  const { startUs, endUs } = trace;
  const majorTimes = story.filter((item) => item.major).map((item) => item.atUs);
  const fastest = Math.max(AUTO_SLOWEST, (endUs - startUs) / AUTO_WHOLE_RUN_MS);
  let timeUs = startUs;
  // Slow playing moves by less than a microsecond a step; what is shown is always a whole one, as events are.
  let exactUs = startUs;
  let playing = false;
  let speed: Speed = "auto";
  let selectedSeq = 0;
  let selectedNode: number | undefined;

  function changed(): void {
    onChange();
  }

  function autoSpeed(): number {
    const next = lowerBound(majorTimes.length, (i) => majorTimes[i]! > timeUs);
    const toNext = (majorTimes[next] ?? Infinity) - timeUs;
    const sinceLast = timeUs - (majorTimes[next - 1] ?? -Infinity);
    return Math.min(fastest, AUTO_SLOWEST + Math.min(toNext, sinceLast) / AUTO_APPROACH_MS);
  }

  function currentSpeed(): number {
    return speed === "auto" ? autoSpeed() : speed;
  }

  function moveTo(time: number): void {
    exactUs = Math.min(endUs, Math.max(startUs, time));
    timeUs = Math.floor(exactUs);
  }

  /** Index of the picked event if we are still at its time, else the number of events up to now. */
  function stepBase(direction: 1 | -1): number {
    const picked = selectedSeq > 0 ? trace.indexOfSeq(selectedSeq) : -1;
    if (picked >= 0 && trace.timesUs[picked] === timeUs) return picked;
    const count = trace.countAt(timeUs);
    return direction > 0 ? count - 1 : count;
  }

  function goTo(index: number): void {
    const event = trace.events[index];
    if (event === undefined) return;
    moveTo(event.atUs);
    selectedSeq = event.seq;
    selectedNode = undefined;
    changed();
  }

  return {
    get timeUs() {
      return timeUs;
    },
    get playing() {
      return playing;
    },
    get speed() {
      return speed;
    },
    get effectiveSpeed() {
      return currentSpeed();
    },
    get selectedSeq() {
      return selectedSeq;
    },
    get selectedNode() {
      return selectedNode;
    },
    play() {
      if (timeUs >= endUs) moveTo(startUs);
      playing = true;
      changed();
    },
    pause() {
      playing = false;
      changed();
    },
    toggle() {
      if (playing) this.pause();
      else this.play();
    },
    advance(elapsedMs) {
      if (!playing) return;
      // Automatic speed changes within a frame: small steps keep it from leaping over a turning point.
      for (let left = elapsedMs; left > 0; left -= 4) moveTo(exactUs + currentSpeed() * Math.min(4, left));
      if (timeUs >= endUs) playing = false;
      changed();
    },
    seek(time) {
      moveTo(time);
      changed();
    },
    select(seq) {
      selectedSeq = seq;
      selectedNode = undefined;
      changed();
    },
    selectNode(id) {
      selectedNode = id;
      changed();
    },
    goTo,
    stepEvent(direction) {
      playing = false;
      goTo(Math.min(trace.events.length - 1, Math.max(0, stepBase(direction) + direction)));
    },
    stepStory(direction) {
      const base = stepBase(direction);
      const at =
        direction > 0
          ? lowerBound(story.length, (i) => story[i]!.index > base)
          : lowerBound(story.length, (i) => story[i]!.index >= base) - 1;
      const item = story[at];
      if (item === undefined) return false;
      goTo(item.index);
      return true;
    },
    setSpeed(next) {
      speed = next === "auto" ? next : Math.min(MAX_SPEED, Math.max(MIN_SPEED, next));
      changed();
    },
    changeSpeed(direction) {
      const steps = Math.round(Math.log10(currentSpeed()) * 3) + direction;
      this.setSpeed(10 ** (steps / 3));
    },
  };
}
