// Logs panel: every partition with its replicas' logs; internal topics folded away until asked for.
// A partition is drawn again only if its state, its size, the zoom or the theme changed, and only where it is seen.

import { select } from "d3";
import { isInternalTopic, type ClusterState, type PartitionState } from "../model/state.js";
import type { Theme } from "../theme.js";
import { countText } from "../words.js";
import { drawLog, FLASH_US, hitLog, lanesOf, logHeight, type LogHit, type LogInput } from "./log-canvas.js";
import type { Zoom } from "./log-cells.js";

export interface LogsInput {
  readonly state: ClusterState;
  readonly timeUs: number;
  readonly theme: Theme;
  readonly name: (id: number) => string;
}

export interface LogsEvents {
  /** The pointer is over a batch or a lane, or over none. */
  hover(partition: PartitionState, hit: LogHit | undefined, pointer: PointerEvent): void;
  /** A batch was clicked: seq of its `log.appended`. */
  pickBatch(seq: number): void;
  /** Zoom or folding changed: draw again. */
  changed(): void;
}

export interface LogsView {
  draw(input: LogsInput): void;
  /** Measures again at the next drawing. */
  resize(): void;
}

/** So few partitions leave room to draw them larger. */
const ROOMY_PARTITIONS = 2;
const ROOMY_SCALE = 1.25;
const ZOOMS: readonly Zoom[] = [0.25, 0.5, 1, 2, 5, 10, "all"];

/** Builds the panel inside a container. */
export function createLogsView(container: HTMLElement, events: LogsEvents): LogsView {
  let zoomAt = ZOOMS.indexOf(1);
  let showInternal = false;
  // Asking for sizes while drawing makes the browser lay the page out again, so they are asked for once.
  let sectionWidth: number | undefined;
  let shownCount = 0;
  const drawn = new WeakMap<HTMLCanvasElement, string>();
  const hidden = new WeakSet<Element>();
  const visibility = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) hidden.delete(target);
        else hidden.add(target);
      }
      events.changed();
    },
    { root: container, rootMargin: "100px" },
  );
  const root = select(container);
  const head = root.append("div").attr("class", "logs-head");
  head.append("span").attr("class", "title").text("Logs");
  const zoomOut = head.append("button").attr("title", "Show more of the logs").text("−");
  const zoomIn = head.append("button").attr("title", "Show less of the logs, larger").text("+");
  const groups = head.append("span").attr("class", "groups");
  head.append("span").text("pale: above the high watermark · ▲ committed · △ read");
  const grid = root.append("div").attr("class", "partitions");
  const toggle = root.append("button").attr("class", "internal-toggle");
  zoomOut.on("click", () => changeZoom(1));
  zoomIn.on("click", () => changeZoom(-1));
  toggle.on("click", () => {
    showInternal = !showInternal;
    events.changed();
  });

  function changeZoom(step: number): void {
    zoomAt = Math.max(0, Math.min(ZOOMS.length - 1, zoomAt + step));
    events.changed();
  }

  function drawSection(section: HTMLElement, input: LogsInput, partition: PartitionState): void {
    const canvas = section.querySelector("canvas")!;
    const logInput: LogInput = { ...input, partition, zoom: ZOOMS[zoomAt]! };
    const height = logHeight(partition);
    const isRoomy = grid.selectChildren().size() <= ROOMY_PARTITIONS;
    const scale = input.theme.textScale * (isRoomy ? ROOMY_SCALE : 1);
    sectionWidth ??= section.clientWidth;
    const width = sectionWidth / scale;
    const cssHeight = `${height * scale}px`;
    if (canvas.style.height !== cssHeight) canvas.style.height = cssHeight;
    const under = (event: PointerEvent) => hitLog(logInput, width, event.offsetX / scale, event.offsetY / scale);
    select(canvas)
      .on("pointermove", (event: PointerEvent) => events.hover(partition, under(event), event))
      .on("pointerleave", (event: PointerEvent) => events.hover(partition, undefined, event))
      .on("click", (event: PointerEvent) => {
        const cell = under(event)?.cell;
        if (cell !== undefined) events.pickBatch(cell.batch.seq);
      });
    if (hidden.has(section)) return;
    const key = drawingKey(logInput, width);
    if (drawn.get(canvas) === key) return;
    drawn.set(canvas, key);
    const ratio = window.devicePixelRatio * scale;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawLog(context, width, logInput);
  }

  return {
    resize() {
      sectionWidth = undefined;
    },
    draw(input) {
      const partitions = sortedPartitions(input.state);
      const internal = partitions.filter((partition) => isInternalTopic(partition.topic));
      const shown = partitions.filter((partition) => showInternal || !isInternalTopic(partition.topic));
      if (shown.length !== shownCount) sectionWidth = undefined;
      shownCount = shown.length;
      groups.text(groupsText(input.state));
      toggle
        .attr("hidden", internal.length === 0 ? "" : null)
        .text(`${showInternal ? "Hide" : "Show"} internal topics (${countText(internal.length, "partition")})`);
      grid
        .selectAll<HTMLElement, PartitionState>("section")
        .data(shown, (partition) => partition.key)
        .join((enter) => {
          const section = enter.append("section").attr("class", "partition");
          section.append("header");
          section.append("canvas");
          section.each(function () {
            visibility.observe(this);
          });
          return section;
        })
        .each(function (partition) {
          drawHeader(this, input, partition);
        })
        .each(function (partition) {
          drawSection(this, input, partition);
        });
    },
  };
}

function drawHeader(section: HTMLElement, { name }: LogsInput, partition: PartitionState): void {
  const { leader, leaderEpoch, isr, replicaIds, deleted } = partition;
  const isUnderReplicated = replicaIds.length > 0 && isr.length < replicaIds.length;
  const parts: (readonly [string, string])[] = [];
  if (deleted) parts.push(["deleted", "trouble"]);
  else if (leaderEpoch >= 0) {
    parts.push(leader < 0 ? ["no leader", "trouble"] : [`leader ${name(leader)}`, ""]);
    parts.push([`epoch ${leaderEpoch}`, ""]);
    parts.push([`ISR {${isr.join(", ")}}`, isUnderReplicated ? "trouble" : ""]);
  }
  const header = select(section).select<HTMLElement>("header");
  header.selectAll("b").data([partition.key]).join("b").text(String);
  header
    .selectAll("span")
    .data(parts)
    .join("span")
    .attr("class", ([, className]) => className)
    .text(([text]) => text);
}

/** Everything the drawing depends on, as text: equal keys, equal pictures. */
function drawingKey({ partition, state, timeUs, zoom, theme }: LogInput, width: number): string {
  const ids = lanesOf(partition);
  const processes = ids.map((id) => state.nodes.get(id)?.process ?? "").join();
  const flashes = ids.some((id) => {
    const age = timeUs - (partition.replicas.get(id)?.truncatedAtUs ?? -Infinity);
    return age >= 0 && age < FLASH_US;
  });
  const moment = flashes ? timeUs : "";
  return [partition.changedSeq, width, zoom, theme.panel, processes, moment, window.devicePixelRatio].join("/");
}

function sortedPartitions(state: ClusterState): readonly PartitionState[] {
  return [...state.partitions.values()]
    .filter((partition) => !partition.deleted || partition.replicas.size > 0)
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
}

function groupsText(state: ClusterState): string {
  return [...state.groups.values()]
    .map(({ group, state, generationId, members }) => {
      const size = countText(members.length, "member");
      return `group ${group}: ${state}, generation ${generationId}, ${size}`;
    })
    .join(" · ");
}
