// Signs: small drawings on a grid of sixteen, as SVG path data, so that they look the same whatever fonts there are.

import type { StoryKind } from "./story.js";

/** Side of the square the signs are drawn in. */
export const SIGN_SIZE = 16;

/** Signs by which kinds of interesting events are told apart. */
export const MARKS: Readonly<Record<StoryKind, string>> = {
  note: "M2 3h12v8H7l-3 3v-3H2z",
  fault: "M9 1 3 9h4l-1 6 7-9H8z",
  heal: "M6.5 2h3v4.5H14v3H9.5V14h-3V9.5H2v-3h4.5z",
  process: "M7 1h2v7H7zM4.5 3.5 5.8 5A4.5 4.5 0 1 0 10.2 5l1.3-1.5A6.5 6.5 0 1 1 4.5 3.5z",
  controller: "M8 1l2 4.6 5 .5-3.8 3.3 1.2 4.9L8 11.7l-4.4 2.6 1.2-4.9L1 6.1l5-.5z",
  election: "M1.5 4.5 5 7.5 8 2.5l3 5 3.5-3L13 12.5H3z",
  isr: "M2 3h12v2.4H2zM2 7h8v2.4H2zM2 11h12v2.4H2z",
  fencing: "M3 2h2v12H3zM7 2h2v12H7zM11 2h2v12h-2zM1.5 5h13v2h-13z",
  group: "M8 2a6 6 0 0 1 4.9 2.5L14.5 3v5h-5l2-2A4 4 0 1 0 12 8.8h2A6 6 0 1 1 8 2z",
  truncation: "M2 6.5h6v3H2zM9.5 2h1.8v12H9.5zM12.8 6.5h1.6v3h-1.6z",
  violation: "M3.2 1.8 8 6.6l4.8-4.8 1.4 1.4L9.4 8l4.8 4.8-1.4 1.4L8 9.4l-4.8 4.8-1.4-1.4L6.6 8 1.8 3.2z",
};

/** Signs on the buttons of the player. */
export const BUTTON_SIGNS = {
  toStart: "M2 2h2v12H2zM14 2v12L5 8z",
  previousStory: "M8 2 2 8l6 6zM9 2h5v2H9zM9 7h5v2H9zM9 12h5v2H9z",
  previousEvent: "M10.5 2 5 8l5.5 6 1.5-1.4L7.8 8 12 3.4z",
  play: "M4 1.5 14 8 4 14.5z",
  pause: "M3.5 2h3.2v12H3.5zM9.3 2h3.2v12H9.3z",
  nextEvent: "M5.5 2 11 8l-5.5 6L4 12.6 8.2 8 4 3.4z",
  nextStory: "M8 2l6 6-6 6zM2 2h5v2H2zM2 7h5v2H2zM2 12h5v2H2z",
  toEnd: "M12 2h2v12h-2zM2 2l9 6-9 6z",
} as const;
