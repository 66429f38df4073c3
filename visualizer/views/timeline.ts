// Timeline: the whole run on one strip: how busy it was, when faults held, when something interesting happened.
// Drag to scrub. The strip is drawn once a size; only the playhead moves.

import { pointer, scaleLinear, select, type ScaleLinear } from "d3";
import type { Trace } from "../trace-source.js";
import type { FaultSpan, StoryItem, StoryKind } from "../story.js";

const HEIGHT = 76;
const PAD = 8;
const DENSITY = { top: 2, height: 22 };
const FAULTS = { top: 26, height: 12 };
const MARK_ROWS: readonly (readonly StoryKind[])[] = [
  ["violation", "truncation", "fencing", "isr"],
  ["election", "controller", "group", "note"],
];
const MARKS_TOP = 44;
const AXIS_Y = 70;

export interface TimelineView {
  /** Moves the playhead. */
  draw(timeUs: number): void;
  /** Lays the strip out for the present width. */
  resize(): void;
}

/** Builds the timeline inside an SVG element; `seek` is called while dragging. */
export function createTimeline(
  svg: SVGSVGElement,
  trace: Trace,
  story: readonly StoryItem[],
  spans: readonly FaultSpan[],
  seek: (timeUs: number) => void,
): TimelineView {
  const root = select(svg);
  const strip = root.append("g");
  const past = root
    .append("rect")
    .attr("class", "past")
    .attr("y", 0)
    .attr("height", AXIS_Y - 12);
  const playhead = root
    .append("line")
    .attr("class", "playhead")
    .attr("y1", 0)
    .attr("y2", AXIS_Y - 11);
  let scale = scaleLinear();

  root.on("pointerdown", (down: PointerEvent) => {
    svg.setPointerCapture(down.pointerId);
    seek(scale.invert(pointer(down, svg)[0]));
  });
  root.on("pointermove", (move: PointerEvent) => {
    if (svg.hasPointerCapture(move.pointerId)) seek(scale.invert(pointer(move, svg)[0]));
  });

  function resize(): void {
    const width = svg.clientWidth;
    root.attr("viewBox", `0 0 ${width} ${HEIGHT}`);
    scale = scaleLinear([trace.startUs, Math.max(trace.endUs, trace.startUs + 1)], [PAD, width - PAD]);
    strip.selectAll("*").remove();
    const add = (name: string) => strip.append("g").attr("class", name).node()!;
    drawDensity(add("densities"), trace, width);
    drawFaults(add("faults"), spans, scale);
    drawMarks(add("marks"), story, scale);
    drawAxis(add("axis"), scale, width);
  }

  resize();
  return {
    resize,
    draw(timeUs) {
      const x = scale(timeUs);
      playhead.attr("x1", x).attr("x2", x);
      past.attr("x", PAD).attr("width", Math.max(0, x - PAD));
    },
  };
}

type Scale = ScaleLinear<number, number>;

/** Bars of events per bin; square roots, so that a quiet stretch beside a storm still shows. */
function drawDensity(group: SVGGElement, trace: Trace, width: number): void {
  const bins = Math.max(1, Math.floor((width - 2 * PAD) / 3));
  const counts = new Float64Array(bins);
  const span = trace.endUs - trace.startUs || 1;
  for (const timeUs of trace.timesUs) {
    counts[Math.min(bins - 1, Math.floor(((timeUs - trace.startUs) / span) * bins))]! += 1;
  }
  const most = Math.sqrt(counts.reduce((max, count) => Math.max(max, count), 1));
  let path = "";
  counts.forEach((count, i) => {
    const height = (Math.sqrt(count) / most) * DENSITY.height;
    if (height > 0) path += `M${PAD + i * 3},${DENSITY.top + DENSITY.height}v${-height}h2v${height}z`;
  });
  select(group).append("path").attr("class", "density").attr("d", path);
}

/** Bars from injection to healing, in as many rows as overlap, three at most. */
function drawFaults(group: SVGGElement, spans: readonly FaultSpan[], scale: Scale): void {
  const rowEnds: number[] = [];
  const placed = spans.map((span) => {
    const free = rowEnds.findIndex((end) => end <= span.fromUs);
    const row = free >= 0 ? free : Math.min(2, rowEnds.length);
    rowEnds[row] = Math.max(rowEnds[row] ?? 0, span.toUs);
    return { span, row };
  });
  select(group)
    .selectAll("rect")
    .data(placed)
    .join("rect")
    .attr("class", "fault")
    .attr("x", ({ span }) => scale(span.fromUs))
    .attr("width", ({ span }) => Math.max(2, scale(span.toUs) - scale(span.fromUs)))
    .attr("y", ({ row }) => FAULTS.top + row * 4.5)
    .attr("height", 4)
    .append("title")
    .text(({ span }) => span.sentence);
}

function drawMarks(group: SVGGElement, story: readonly StoryItem[], scale: Scale): void {
  const items = story.filter((item) => MARK_ROWS.some((kinds) => kinds.includes(item.kind)));
  const rowOf = (item: StoryItem): number => MARK_ROWS.findIndex((kinds) => kinds.includes(item.kind));
  select(group)
    .selectAll("circle")
    .data(items)
    .join("circle")
    .attr("class", (item) => `mark mark-${item.kind}`)
    .attr("cx", (item) => scale(item.atUs))
    .attr("cy", (item) => MARKS_TOP + rowOf(item) * 9)
    .attr("r", (item) => (item.kind === "violation" ? 4.5 : 3))
    .append("title")
    .text((item) => item.text);
}

function drawAxis(group: SVGGElement, scale: Scale, width: number): void {
  const ticks = scale.ticks(Math.max(2, Math.floor(width / 110)));
  const axis = select(group);
  axis
    .selectAll("text")
    .data(ticks)
    .join("text")
    .attr("x", (timeUs) => scale(timeUs) + 3)
    .attr("y", AXIS_Y + 3)
    .text((timeUs) => `${timeUs / 1_000_000} s`);
  axis
    .selectAll("line")
    .data(ticks)
    .join("line")
    .attr("x1", (timeUs) => scale(timeUs))
    .attr("x2", (timeUs) => scale(timeUs))
    .attr("y1", AXIS_Y - 10)
    .attr("y2", AXIS_Y + 4);
}
