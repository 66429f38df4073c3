// Logs panel: every partition with its replicas' logs; internal topics folded away until asked for, and then small
// until one is opened.
// A partition is drawn again only if its state, its size, the zoom or the theme changed, and only where it is seen.

import { select, type Selection } from "d3";
import { isInternalTopic, type ClusterState, type PartitionState } from "../model/state.js";
import type { Theme } from "../theme.js";
import { countText } from "../words.js";
import { compactHeight, drawCompactLog, hitCompactLog } from "./compact-log.js";
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
  /** Keys of the internal partitions that were opened. */
  const opened = new Set<string>();
  const isCompact = ({ topic, key }: PartitionState): boolean => isInternalTopic(topic) && !opened.has(key);
  // Asking for sizes while drawing makes the browser lay the page out again, so they are asked for once.
  const widths = new Map<"full" | "compact", number>();
  let shownCount = 0;
  let compactCount = 0;
  const drawn = new WeakMap<HTMLCanvasElement, string>();
  /** Sections the panel shows now; only these are drawn. */
  const seen = new WeakSet<Element>();
  const visibility = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
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
  const compactGrid = root.append("div").attr("class", "partitions compact");
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
    const compact = isCompact(partition);
    const height = compact ? compactHeight(logInput) : logHeight(partition);
    const isRoomy = shownCount <= ROOMY_PARTITIONS && !compact;
    const scale = input.theme.textScale * (isRoomy ? ROOMY_SCALE : 1);
    const cssHeight = `${height * scale}px`;
    if (canvas.style.height !== cssHeight) canvas.style.height = cssHeight;
    if (!seen.has(section)) return;
    drawHeader(section, input, partition, compact);
    const width = widthOf(section, compact) / scale;
    const hit = compact ? hitCompactLog : hitLog;
    const under = (event: PointerEvent) => hit(logInput, width, event.offsetX / scale, event.offsetY / scale);
    select(canvas)
      .on("pointermove", (event: PointerEvent) => events.hover(partition, under(event), event))
      .on("pointerleave", (event: PointerEvent) => events.hover(partition, undefined, event))
      .on("click", (event: PointerEvent) => {
        const cell = under(event)?.cell;
        if (cell !== undefined) events.pickBatch(cell.batch.seq);
      });
    const key = `${compact ? "compact" : "full"}/${drawingKey(logInput, width)}`;
    if (drawn.get(canvas) === key) return;
    drawn.set(canvas, key);
    const ratio = window.devicePixelRatio * scale;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    (compact ? drawCompactLog : drawLog)(context, width, logInput);
  }

  function widthOf(section: HTMLElement, compact: boolean): number {
    const kind = compact ? "compact" : "full";
    const width = widths.get(kind) ?? section.clientWidth;
    widths.set(kind, width);
    return width;
  }

  function drawGrid(target: Grid, input: LogsInput, partitions: readonly PartitionState[]): void {
    target
      .selectAll<HTMLElement, PartitionState>("section")
      .data(partitions, (partition) => partition.key)
      .join(
        (enter) => {
          const section = enter.append("section").attr("class", "partition");
          section.append("header");
          section.append("canvas");
          section.each(function () {
            visibility.observe(this);
          });
          return section;
        },
        (update) => update,
        (exit) =>
          exit
            .each(function () {
              visibility.unobserve(this);
            })
            .remove(),
      )
      .order()
      .each(function (partition) {
        const { key, topic } = partition;
        const header = select(this).select("header");
        header.attr("title", isInternalTopic(topic) ? (opened.has(key) ? "Make it small" : "Open it") : null);
        header.on("click", () => {
          if (!isInternalTopic(topic)) return;
          if (!opened.delete(key)) opened.add(key);
          events.changed();
        });
        drawSection(this, input, partition);
      });
  }

  return {
    resize() {
      widths.clear();
    },
    draw(input) {
      const partitions = sortedPartitions(input.state);
      const internal = partitions.filter((partition) => isInternalTopic(partition.topic));
      const compact = showInternal ? internal.filter(isCompact) : [];
      const full = partitions.filter(
        (partition) => !isInternalTopic(partition.topic) || (showInternal && !isCompact(partition)),
      );
      // Scroll bars and the number of columns depend on how many there are.
      if (full.length !== shownCount || compact.length !== compactCount) widths.clear();
      shownCount = full.length;
      compactCount = compact.length;
      groups.text(groupsText(input.state));
      toggle
        .attr("hidden", internal.length === 0 ? "" : null)
        .text(`${showInternal ? "Hide" : "Show"} internal topics (${countText(internal.length, "partition")})`);
      drawGrid(grid, input, full);
      drawGrid(compactGrid, input, compact);
    },
  };
}

type Grid = Selection<HTMLDivElement, unknown, null, undefined>;

function drawHeader(section: HTMLElement, { name }: LogsInput, partition: PartitionState, compact: boolean): void {
  const { leader, leaderEpoch, isr, replicaIds, deleted } = partition;
  const isUnderReplicated = replicaIds.length > 0 && isr.length < replicaIds.length;
  const parts: (readonly [string, string])[] = [];
  if (deleted) parts.push(["deleted", "trouble"]);
  else if (compact) {
    const trouble = isUnderReplicated ? "trouble" : "";
    const end = Math.max(0, ...[...partition.replicas.values()].map(({ logEndOffset }) => logEndOffset));
    if (leaderEpoch >= 0) parts.push([leader < 0 ? "no leader" : name(leader), leader < 0 ? "trouble" : trouble]);
    parts.push([end === 0 ? "empty" : `end ${end}`, ""]);
  } else if (leaderEpoch >= 0) {
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
