// Stage: nodes, the links between them and the messages on their way, at one moment.
// A pure function of (trace, time, size): every attribute is set on every render, nothing moves by itself.

import { select, type Selection } from "d3";
import { linkKey, wayKey } from "../links.js";
import type { Flight, MessageIndex } from "../message-index.js";
import type { ClusterState } from "../model/state.js";
import { drawMessages } from "./flights.js";
import { drawNodeCards } from "./node-cards.js";
import {
  ROW_NAME_ABOVE,
  ROW_NAME_X,
  pathOf,
  pointOn,
  round,
  wayBetween,
  type Point,
  type StageLayout,
} from "./stage-layout.js";

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
  readonly trouble: Trouble;
  /** Where the mark of a cut stands, and the angle in degrees at which it does. */
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/** What is the matter with a link: nothing passes, nothing passes one way, or what passes is slow. */
type Trouble = "" | "cut" | "cut one-way" | "slow";

const CROSS = "M-3.5,-3.5L3.5,3.5M-3.5,3.5L3.5,-3.5";
/** An arrow that ends at a wall. */
const ARROW_AT_WALL = "M-4.5,0H1.5M-1.5,-3L1.5,0L-1.5,3M4,-4V4";

function drawLinks(target: Layer, cuts: Layer, { state, messages, timeUs, layout }: StageInput): void {
  const blocked = waysInTrouble(state, (kind) => kind !== "slow-link");
  const slow = waysInTrouble(state, (kind) => kind === "slow-link");
  const drawn: DrawnLink[] = [];
  for (const [a, b] of messages.links) {
    const way = wayBetween(layout, a, b);
    if (way === undefined) continue;
    const [there, back] = [wayKey(a, b), wayKey(b, a)];
    const isBlocked = [blocked.has(there), blocked.has(back)] as const;
    const cut: Trouble = isBlocked[0] && isBlocked[1] ? "cut" : isBlocked[0] || isBlocked[1] ? "cut one-way" : "";
    const trouble: Trouble = cut === "" && (slow.has(there) || slow.has(back)) ? "slow" : cut;
    const busy = Math.min(1, messages.sentBetween(a, b, timeUs - BUSY_US, timeUs) / 24);
    // The mark of one direction lies along the link, nearer to where nothing arrives, and points there.
    const isOneWay = cut === "cut one-way";
    const fraction = !isOneWay ? 0.5 : isBlocked[0] ? 0.64 : 0.36;
    const ahead = pointOn(way, fraction + (isBlocked[0] ? 0.02 : -0.02), 0);
    const at = pointOn(way, fraction, 0);
    const angle = isOneWay ? angleFrom(at, ahead) : 0;
    drawn.push({ key: linkKey(a, b), path: pathOf(way), busy, trouble, ...at, angle });
  }
  target
    .selectAll<SVGPathElement, DrawnLink>("path")
    .data(drawn, (link) => link.key)
    .join("path")
    .attr("class", (link) => `link ${link.trouble}`.trim())
    .attr("d", (link) => link.path)
    .attr("stroke-width", (link) => round(1 + 2.4 * link.busy));
  const marks = cuts
    .selectAll<SVGGElement, DrawnLink>("g.cut-mark")
    .data(
      drawn.filter((link) => link.trouble.startsWith("cut")),
      (link) => link.key,
    )
    .join((enter) => {
      const mark = enter.append("g");
      mark.append("circle").attr("r", 8);
      mark.append("path");
      return mark;
    })
    .attr("class", (link) => `cut-mark ${link.trouble}`)
    .attr("transform", ({ x, y, angle }) => `translate(${round(x)},${round(y)}) rotate(${round(angle)})`);
  marks.select("path").attr("d", (link) => (link.trouble === "cut" ? CROSS : ARROW_AT_WALL));
}

function angleFrom(from: Point, to: Point): number {
  return (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
}

/** Keys of the ways on which faults of some kinds work now. */
function waysInTrouble(state: ClusterState, isMeant: (kind: string) => boolean): ReadonlySet<string> {
  return new Set([...state.faults.values()].flatMap(({ fault, ways }) => (isMeant(fault.kind) ? ways : [])));
}
