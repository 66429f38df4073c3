// Inspector of a node: its state at the moment shown, and the events it told last.

import { select } from "d3";
import { sentenceOf } from "../sentences.js";
import type { ClusterState, NodeState } from "../model/state.js";
import type { TraceEvent } from "../trace-types.js";
import { shortTimeText, type NodeNamer } from "../words.js";
import { nodeFacts, type NodeFact, type NodeHistory } from "./node-facts.js";

export interface NodeInspectorInput {
  readonly state: ClusterState;
  readonly node: NodeState;
  readonly timeUs: number;
}

const LAST_EVENTS = 12;

/** Draws the node into a container; `goTo` is called with the seq of an event that was clicked. */
export function createNodeInspector(history: NodeHistory, name: NodeNamer, goTo: (seq: number) => void) {
  return (container: HTMLElement, { state, node, timeUs }: NodeInspectorInput): void => {
    const box = select(container).selectAll("div.inspector").data([node.id]).join("div").attr("class", "inspector");
    box.selectAll("h2").data([node]).join("h2").text(node.name);
    box.selectAll("p.about").data([node]).join("p").attr("class", "about").text(`${node.kind}, node id ${node.id}`);
    const facts = box.selectAll("dl").data([node]).join("dl");
    facts
      .selectAll<HTMLElement, NodeFact>("div")
      .data(nodeFacts(state, node))
      .join((enter) => {
        const line = enter.append("div");
        line.append("dt");
        line.append("dd");
        return line;
      })
      .attr("class", ({ trouble }) => (trouble ? "trouble" : ""))
      .each(function ({ term, text }) {
        select(this).select("dt").text(term);
        select(this).select("dd").text(text);
      });
    const events = history.lastOf(node.id, timeUs, LAST_EVENTS);
    box
      .selectAll("h3")
      .data([node])
      .join("h3")
      .text(events.length === 0 ? "No events yet" : "Last events");
    box
      .selectAll("ol")
      .data([node])
      .join("ol")
      .selectAll<HTMLElement, TraceEvent>("li")
      .data(events, (event) => event.seq)
      .join((enter) => {
        const item = enter.append("li");
        const button = item.append("button");
        button.append("time").text((event) => shortTimeText(event.atUs));
        button.append("span").text((event) => sentenceOf(event, name));
        return item;
      })
      .order()
      .select("button")
      .on("click", (_, event) => goTo(event.seq));
  };
}
