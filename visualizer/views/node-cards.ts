// Node cards: a card for every node, with its name, its state and what it does, as far as there is room.
// A card that is clicked is picked: the inspector then shows its node.

import { isInternalTopic, type ClusterState, type NodeState } from "../model/state.js";
import { detailWidth, fitCard } from "./card-text.js";
import type { Layer, StageInput } from "./stage.js";
import { round, type Place } from "./stage-layout.js";

interface DrawnCard {
  readonly place: Place;
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly rack: string;
  readonly label: string;
  readonly classes: string;
}

/** Letters of the texts of a card at their usual size, and where their lines stand below the middle. */
const TEXTS = [
  { part: "name", size: 14.5, y: -5 },
  { part: "detail", size: 12, y: 15 },
  { part: "status", size: 11.5, y: -5 },
  { part: "rack", size: 11, y: 15 },
] as const;
const TEXT_LEFT = 14;
const TEXT_RIGHT = 10;

/** Draws every node of the layout into a layer; `pick` is called with the id of a node that was clicked. */
export function drawNodeCards(target: Layer, input: StageInput, pick: (id: number) => void): void {
  const { state, layout, selectedNode } = input;
  const { cardHeight, textScale } = layout;
  const drawn: DrawnCard[] = [];
  for (const place of layout.places.values()) {
    const node = state.nodes.get(place.id);
    if (node !== undefined) drawn.push(describeNode(state, node, place, textScale, selectedNode === place.id));
  }
  const groups = target
    .selectAll<SVGGElement, DrawnCard>("g.node")
    .data(drawn, ({ place }) => place.id)
    .join((enter) => {
      const group = enter.append("g").attr("tabindex", 0).attr("role", "button");
      group.append("rect").attr("class", "card").attr("rx", 9);
      group.append("rect").attr("class", "stripe").attr("rx", 2.5).attr("width", 5);
      for (const { part } of TEXTS) group.append("text").attr("class", part);
      return group;
    })
    .attr("class", ({ classes }) => classes)
    .attr("aria-label", ({ label }) => label)
    .attr("transform", ({ place }) => `translate(${round(place.x)},${round(place.y)})`)
    .on("click", (_, { place }) => pick(place.id))
    .on("keydown", (event: KeyboardEvent, { place }) => {
      if (event.key === "Enter") pick(place.id);
    });
  groups
    .select("rect.card")
    .attr("x", ({ place }) => round(-place.width / 2))
    .attr("y", round(-cardHeight / 2))
    .attr("width", ({ place }) => round(place.width))
    .attr("height", round(cardHeight));
  groups
    .select("rect.stripe")
    .attr("x", ({ place }) => round(-place.width / 2 + 5))
    .attr("y", round(-cardHeight / 2 + 7))
    .attr("height", round(cardHeight - 14));
  for (const { part, size, y } of TEXTS) {
    const isAtRight = part === "status" || part === "rack";
    groups
      .select(`text.${part}`)
      .attr("x", ({ place }) => round(isAtRight ? place.width / 2 - TEXT_RIGHT : TEXT_LEFT - place.width / 2))
      .attr("y", round(y * textScale))
      .attr("font-size", round(size * textScale))
      .text((card) => card[part]);
  }
}

function describeNode(
  state: ClusterState,
  node: NodeState,
  place: Place,
  textScale: number,
  isPicked: boolean,
): DrawnCard {
  const isUp = node.process === "up";
  const isActive = node.kind === "controller" && state.activeController === node.id && isUp;
  const isFenced = node.kind === "broker" && node.registered && node.fenced;
  const marks = [isActive ? "active" : "", isFenced ? "fenced" : "", isPicked ? "picked" : ""];
  const details = detailsOf(state, node, isFenced && !isUp);
  const statuses = isUp ? (isActive ? ["★ active", "★"] : [isFenced ? "fenced" : ""]) : [PROCESS_WORDS[node.process]];
  const wordings = statuses.map((status) => fitCard(node.name, status, details, place.width, textScale));
  const words = wordings.find((wording, i) => wording.status === statuses[i]) ?? wordings.at(-1)!;
  const rack = node.rack ?? "";
  const room = (place.width - TEXT_LEFT - TEXT_RIGHT) / textScale;
  const hasRoomForRack = words.detail !== "" && detailWidth(`${words.detail}  ${rack}`) <= room;
  return {
    place,
    ...words,
    rack: hasRoomForRack ? rack : "",
    label: [node.name, statuses[0], details[0]].filter((text) => text).join(", "),
    classes: ["node", node.kind, node.process, ...marks].filter((name) => name !== "").join(" "),
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
      const shorter = parts.map((_, left) => parts.slice(0, parts.length - left).join(" · "));
      // Of a producer, what was acknowledged says more than what it handed in.
      const acknowledged = `${recordsAcknowledged}/${recordsSent} ok`;
      const isProducer = recordsSent > 0 && recordsDelivered === 0;
      return isProducer ? [...shorter.slice(0, -1), acknowledged, ...shorter.slice(-1)] : shorter;
    }
  }
}
