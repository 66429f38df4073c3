// Stage: nodes, the links between them and the messages on their way, at one moment.
// A pure function of (trace, time, size): every attribute is set on every render, nothing moves by itself.

import { select, type Selection } from "d3";
import { apiOf } from "../apis.js";
import { linkKey } from "../links.js";
import { progressAt, type Flight, type MessageIndex } from "../message-index.js";
import { isInternalTopic, type ClusterState, type NodeState } from "../model/state.js";
import { fitCard } from "./card-text.js";
import { pathOf, pointOn, round, wayBetween, type Place, type StageLayout } from "./stage-layout.js";

export interface StageInput {
  readonly state: ClusterState;
  readonly messages: MessageIndex;
  readonly timeUs: number;
  readonly layout: StageLayout;
  readonly selectedSeq: number;
}

/** What the pointer does on the stage: a message or a node under it, or nothing any more. */
export interface StageEvents {
  hoverMessage(flight: Flight | undefined, pointer: PointerEvent): void;
  pickMessage(flight: Flight): void;
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
  drawNodes(nodes, input);
  drawMessages(messages, counts, input, events);
}

type Layer = Selection<SVGGElement, unknown, SVGSVGElement | null, unknown>;

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
    .attr("x", 12)
    .attr("y", (row) => round(row.y - layout.cardHeight / 2 - 8))
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

interface DrawnNode {
  readonly place: Place;
  readonly node: NodeState;
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly classes: string;
}

function drawNodes(target: Layer, { state, layout }: StageInput): void {
  const { cardWidth, cardHeight } = layout;
  const drawn: DrawnNode[] = [];
  for (const place of layout.places.values()) {
    const node = state.nodes.get(place.id);
    if (node !== undefined) drawn.push(describeNode(state, node, place, cardWidth));
  }
  const left = round(-cardWidth / 2 + 14);
  const right = round(cardWidth / 2 - 10);
  const groups = target
    .selectAll<SVGGElement, DrawnNode>("g.node")
    .data(drawn, ({ place }) => place.id)
    .join((enter) => {
      const group = enter.append("g");
      group.append("rect").attr("class", "card").attr("rx", 9);
      group.append("rect").attr("class", "stripe").attr("rx", 2.5).attr("width", 5);
      for (const name of ["name", "detail", "status", "rack"]) group.append("text").attr("class", name);
      return group;
    })
    .attr("class", ({ classes }) => classes)
    .attr("transform", ({ place }) => `translate(${round(place.x)},${round(place.y)})`);
  groups
    .select("rect.card")
    .attr("x", round(-cardWidth / 2))
    .attr("y", round(-cardHeight / 2))
    .attr("width", round(cardWidth))
    .attr("height", round(cardHeight));
  groups
    .select("rect.stripe")
    .attr("x", round(-cardWidth / 2 + 5))
    .attr("y", round(-cardHeight / 2 + 7))
    .attr("height", round(cardHeight - 14));
  groups
    .select("text.name")
    .attr("x", left)
    .attr("y", -5)
    .text(({ name }) => name);
  groups
    .select("text.detail")
    .attr("x", left)
    .attr("y", 15)
    .text(({ detail }) => detail);
  groups
    .select("text.status")
    .attr("x", right)
    .attr("y", -5)
    .text(({ status }) => status);
  groups
    .select("text.rack")
    .attr("x", right)
    .attr("y", 15)
    .text(({ node }) => (cardWidth < 200 ? "" : (node.rack ?? "")));
}

function describeNode(state: ClusterState, node: NodeState, place: Place, cardWidth: number): DrawnNode {
  const isActive = node.kind === "controller" && state.activeController === node.id && node.process === "up";
  const isFenced = node.kind === "broker" && node.registered && node.fenced;
  const marks = [isActive ? "active" : "", isFenced ? "fenced" : ""].filter((mark) => mark !== "");
  const isUp = node.process === "up";
  const activeWords = cardWidth < 190 ? "★" : "★ active";
  const status = isUp ? (isActive ? activeWords : isFenced ? "fenced" : "") : PROCESS_WORDS[node.process];
  return {
    place,
    node,
    ...fitCard(node.name, status, detailsOf(state, node, isFenced && !isUp), cardWidth),
    classes: ["node", node.kind, node.process, ...marks].join(" "),
  };
}

const PROCESS_WORDS = { down: "off", up: "", paused: "paused", crashed: "crashed", stopped: "stopped" };

/** Wordings of a card's second line, longest first. */
function detailsOf(state: ClusterState, node: NodeState, tellsFenced: boolean): readonly string[] {
  switch (node.kind) {
    case "controller": {
      const { quorumRole, quorumEpoch } = node;
      if (quorumRole === "") return [];
      return [`${quorumRole} · epoch ${quorumEpoch}`, `${quorumRole} · ${quorumEpoch}`, quorumRole];
    }
    case "broker": {
      let leads = 0;
      let follows = 0;
      for (const partition of state.partitions.values()) {
        if (isInternalTopic(partition.topic) || !partition.replicaIds.includes(node.id)) continue;
        if (partition.leader === node.id) leads += 1;
        else follows += 1;
      }
      if (tellsFenced) return ["fenced"];
      return leads + follows === 0
        ? []
        : [`leads ${leads} · follows ${follows}`, `leads ${leads} of ${leads + follows}`];
    }
    case "client": {
      const { recordsSent, recordsAcknowledged, recordsFailed, recordsDelivered, assigned } = node;
      const parts: string[] = [];
      if (recordsSent > 0) parts.push(`sent ${recordsSent}`, `acked ${recordsAcknowledged}`);
      if (recordsFailed > 0) parts.push(`failed ${recordsFailed}`);
      if (recordsDelivered > 0 || assigned.length > 0) {
        parts.push(`read ${recordsDelivered}`, `${assigned.length} partition${assigned.length === 1 ? "" : "s"}`);
      }
      return parts.map((_, left) => parts.slice(0, parts.length - left).join(" · "));
    }
  }
}

interface DrawnMessage {
  readonly flight: Flight;
  readonly x: number;
  readonly y: number;
  readonly parked: boolean;
  /** Further messages waiting at the same place. */
  more: number;
}

/** Dots and counts are in layers of their own: within a layer d3 keeps the order of the data, between kinds it cannot. */
function drawMessages(target: Layer, counts: Layer, input: StageInput, events: StageEvents): void {
  const drawn = placeMessages(input);
  target
    .selectAll<SVGCircleElement, DrawnMessage>("circle")
    .data(drawn, ({ flight }) => flight.id)
    .join("circle")
    .attr("class", ({ flight, parked }) => {
      const isSelected = flight.sent.seq === input.selectedSeq;
      return ["message", flight.sent.kind, parked ? "parked" : "", isSelected ? "selected" : ""]
        .filter((name) => name !== "")
        .join(" ");
    })
    .attr("r", ({ flight, parked }) => (flight.sent.kind === "request" ? 5 : 4.5) + (parked ? 1 : 0))
    .attr("cx", ({ x }) => round(x))
    .attr("cy", ({ y }) => round(y))
    .attr("fill", ({ flight }) => (flight.sent.kind === "request" ? colourOf(flight) : "var(--panel)"))
    .attr("stroke", ({ flight }) => (flight.lost ? "var(--bad)" : colourOf(flight)))
    .on("pointermove", (pointer: PointerEvent, { flight }) => events.hoverMessage(flight, pointer))
    .on("pointerleave", (pointer: PointerEvent) => events.hoverMessage(undefined, pointer))
    .on("click", (_, { flight }) => events.pickMessage(flight));
  counts
    .selectAll<SVGTextElement, DrawnMessage>("text")
    .data(
      drawn.filter(({ more }) => more > 0),
      ({ flight }) => flight.id,
    )
    .join("text")
    .attr("class", "parked-count")
    .attr("x", ({ x }) => round(x + 8))
    .attr("y", ({ y }) => round(y + 4))
    .text(({ more }) => `×${more + 1}`);
}

function colourOf(flight: Flight): string {
  return `var(--api-${apiOf(flight.sent.apiKey).family})`;
}

/** Every message at its place; those that wait together on one link are drawn as one, with a count. */
function placeMessages({ messages, timeUs, layout }: StageInput): readonly DrawnMessage[] {
  const drawn: DrawnMessage[] = [];
  const waiting = new Map<string, DrawnMessage>();
  for (const flight of messages.inFlight(timeUs)) {
    const way = wayBetween(layout, flight.sent.from, flight.sent.to);
    if (way === undefined) continue;
    const { fraction, parked } = progressAt(flight, timeUs);
    const key = `${flight.sent.from}→${flight.sent.to} ${fraction}`;
    const same = parked ? waiting.get(key) : undefined;
    if (same !== undefined) {
      same.more += 1;
      continue;
    }
    const message = { flight, ...pointOn(way, fraction, 5), parked, more: 0 };
    drawn.push(message);
    if (parked) waiting.set(key, message);
  }
  return drawn;
}
