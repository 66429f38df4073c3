// Stage: nodes, the links between them and the messages on their way, at one moment.
// A pure function of (trace, time, size): every attribute is set on every render, nothing moves by itself.

import { select, type Selection } from "d3";
import { linkKey } from "../links.js";
import type { Flight, MessageIndex } from "../message-index.js";
import type { ClusterState } from "../model/state.js";
import { drawMessages } from "./flights.js";
import { drawNodeCards } from "./node-cards.js";
import { ROW_NAME_ABOVE, ROW_NAME_X, pathOf, pointOn, round, wayBetween, type StageLayout } from "./stage-layout.js";

export interface StageInput {
  readonly state: ClusterState;
  readonly messages: MessageIndex;
  readonly timeUs: number;
  readonly layout: StageLayout;
  readonly selectedSeq: number;
  /** The node the inspector shows, or undefined. */
  readonly selectedNode: number | undefined;
}

/** What the pointer does on the stage: a message or a node under it, or nothing any more. */
export interface StageEvents {
  hoverMessage(flight: Flight | undefined, pointer: PointerEvent): void;
  pickMessage(flight: Flight): void;
  pickNode(id: number): void;
}

/** Links that carried something within this time look busy. */
const BUSY_US = 150_000;

/** Draws the stage into an SVG element. */
export function drawStage(svg: SVGSVGElement, input: StageInput, events: StageEvents): void {
  const { layout } = input;
  const root = select(svg).attr("viewBox", `0 0 ${layout.width} ${layout.height}`);
  const links = layer(root, "links");
  const names = layer(root, "row-names");
  const nodes = layer(root, "nodes");
  const cuts = layer(root, "cuts");
  const messages = layer(root, "messages");
  const counts = layer(root, "counts");
  drawRowNames(names, layout);
  drawLinks(links, cuts, input);
  drawNodeCards(nodes, input, events.pickNode);
  drawMessages(messages, counts, input, events);
}

/** A group of the stage that holds one kind of element. */
export type Layer = Selection<SVGGElement, unknown, SVGSVGElement | null, unknown>;

function layer(root: Selection<SVGSVGElement, unknown, null, undefined>, name: string): Layer {
  return root
    .selectAll<SVGGElement, string>(`g.${name}`)
    .data([name])
    .join("g")
    .attr("class", name) as unknown as Layer;
}

function drawRowNames(target: Layer, layout: StageLayout): void {
  target
    .selectAll("text")
    .data(layout.rows)
    .join("text")
    .attr("class", "row-name")
    .attr("x", ROW_NAME_X)
    .attr("y", (row) => round(row.y - layout.cardHeight / 2 - ROW_NAME_ABOVE))
    .text((row) => `${row.kind}s`);
}

interface DrawnLink {
  readonly key: string;
  readonly path: string;
  readonly busy: number;
  readonly trouble: "" | "cut" | "slow";
  readonly x: number;
  readonly y: number;
}

function drawLinks(target: Layer, cuts: Layer, { state, messages, timeUs, layout }: StageInput): void {
  const trouble = troubleByLink(state);
  const drawn: DrawnLink[] = [];
  for (const [a, b] of messages.links) {
    const way = wayBetween(layout, a, b);
    if (way === undefined) continue;
    const key = linkKey(a, b);
    const busy = Math.min(1, messages.sentBetween(a, b, timeUs - BUSY_US, timeUs) / 24);
    drawn.push({ key, path: pathOf(way), busy, trouble: trouble.get(key) ?? "", ...pointOn(way, 0.5, 0) });
  }
  target
    .selectAll<SVGPathElement, DrawnLink>("path")
    .data(drawn, (link) => link.key)
    .join("path")
    .attr("class", (link) => `link ${link.trouble}`.trim())
    .attr("d", (link) => link.path)
    .attr("stroke-width", (link) => round(1 + 2.4 * link.busy));
  cuts
    .selectAll<SVGGElement, DrawnLink>("g.cut-mark")
    .data(
      drawn.filter((link) => link.trouble === "cut"),
      (link) => link.key,
    )
    .join((enter) => {
      const mark = enter.append("g");
      mark.append("circle").attr("r", 8);
      mark.append("path").attr("d", "M-3.5,-3.5L3.5,3.5M-3.5,3.5L3.5,-3.5");
      return mark;
    })
    .attr("class", "cut-mark")
    .attr("transform", (link) => `translate(${round(link.x)},${round(link.y)})`);
}

function troubleByLink(state: ClusterState): Map<string, "cut" | "slow"> {
  const trouble = new Map<string, "cut" | "slow">();
  for (const { fault, links } of state.faults.values()) {
    for (const key of links) {
      if (fault.kind !== "slow-link") trouble.set(key, "cut");
      else if (!trouble.has(key)) trouble.set(key, "slow");
    }
  }
  return trouble;
}
