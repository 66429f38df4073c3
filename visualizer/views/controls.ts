// Controls: play, step, speed and the clock; and the keys that do the same.

import { select } from "d3";
import { BUTTON_SIGNS } from "../marks.js";
import { MAX_SPEED, MIN_SPEED, type Playback } from "../playback.js";
import { timeText } from "../words.js";

export interface ControlsView {
  draw(): void;
}

/** Builds the buttons inside a container and listens to the keyboard. */
export function createControls(
  container: HTMLElement,
  playback: Playback,
  startUs: number,
  endUs: number,
): ControlsView {
  const root = select(container);
  const button = (sign: string, title: string, act: () => unknown, className = "") => {
    const made = root.append("button").attr("title", title).attr("aria-label", title).attr("class", className);
    made.on("click", () => act());
    made.append("svg").attr("class", "sign").attr("viewBox", "0 0 16 16").append("path").attr("d", sign);
    return made;
  };

  button(BUTTON_SIGNS.toStart, "To the beginning (Home)", () => playback.seek(startUs));
  button(BUTTON_SIGNS.previousStory, "Previous interesting event (← or p)", () => playback.stepStory(-1));
  button(BUTTON_SIGNS.previousEvent, "Previous event (Shift ←)", () => playback.stepEvent(-1));
  const play = button(BUTTON_SIGNS.play, "Play or pause (Space)", () => playback.toggle(), "play");
  button(BUTTON_SIGNS.nextEvent, "Next event (Shift →)", () => playback.stepEvent(1));
  button(BUTTON_SIGNS.nextStory, "Next interesting event (→ or n)", () => playback.stepStory(1));
  button(BUTTON_SIGNS.toEnd, "To the end (End)", () => playback.seek(endUs));
  const clock = root.append("span").attr("class", "clock");

  const speed = root.append("label").attr("class", "speed");
  const auto = speed
    .append("button")
    .attr("title", "Slow near turning points, quick between them (a)")
    .text("auto")
    .on("click", () => toggleAuto(playback));
  speed.append("span").text("speed");
  const slider = speed
    .append("input")
    .attr("type", "range")
    .attr("min", Math.log10(MIN_SPEED))
    .attr("max", Math.log10(MAX_SPEED))
    .attr("step", 0.05)
    .attr("title", "Simulated time per wall time ([ slower, ] faster)")
    .on("input", (event: Event) => playback.setSpeed(10 ** Number((event.target as HTMLInputElement).value)));
  const speedText = speed.append("output");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement && event.key.startsWith("Arrow")) return;
    if (!handleKey(event, playback, startUs, endUs)) return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
  });

  return {
    draw(): void {
      play.attr("aria-pressed", String(playback.playing));
      play.select("path").attr("d", playback.playing ? BUTTON_SIGNS.pause : BUTTON_SIGNS.play);
      clock.text(timeText(playback.timeUs));
      auto.attr("aria-pressed", String(playback.speed === "auto"));
      slider.property("value", Math.log10(playback.effectiveSpeed));
      speedText.text(speedWords(playback.effectiveSpeed));
    },
  };
}

function handleKey(event: KeyboardEvent, playback: Playback, startUs: number, endUs: number): boolean {
  switch (event.key) {
    case " ":
      playback.toggle();
      return true;
    case "ArrowRight":
      if (event.shiftKey) playback.stepEvent(1);
      else playback.stepStory(1);
      return true;
    case "ArrowLeft":
      if (event.shiftKey) playback.stepEvent(-1);
      else playback.stepStory(-1);
      return true;
    case "n":
      playback.stepStory(1);
      return true;
    case "p":
      playback.stepStory(-1);
      return true;
    case "[":
      playback.changeSpeed(-1);
      return true;
    case "]":
      playback.changeSpeed(1);
      return true;
    case "a":
      toggleAuto(playback);
      return true;
    case "Home":
      playback.seek(startUs);
      return true;
    case "End":
      playback.seek(endUs);
      return true;
    case "Escape":
      playback.select(0);
      return true;
    default:
      return false;
  }
}

function toggleAuto(playback: Playback): void {
  playback.setSpeed(playback.speed === "auto" ? playback.effectiveSpeed : "auto");
}

/** Speed against real time: 1000 µs a ms is ×1. */
function speedWords(speed: number): string {
  const ratio = speed / 1000;
  const digits = ratio >= 100 ? 0 : ratio >= 1 ? 1 : 3;
  return `× ${ratio.toFixed(digits)}`;
}
