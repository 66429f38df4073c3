// Inspector: one event in full, its message decoded, and the walk back through its causes to the script;
// or one node, as it is at the moment shown.

import { select } from "d3";
import { errorName } from "../../core/errors.js";
import { apiOf } from "../apis.js";
import type { ClusterState } from "../model/state.js";
import type { MessageIndex } from "../message-index.js";
import { sentenceOf } from "../sentences.js";
import type { Trace } from "../trace-source.js";
import type { TraceEvent } from "../trace-types.js";
import { causesOf } from "../why.js";
import { shortTimeText, sizeText, timeText, type NodeNamer } from "../words.js";
import { createNodeHistory } from "./node-facts.js";
import { createNodeInspector } from "./node-inspector.js";
import { isErrorField, valueTree } from "./value-tree.js";

export interface InspectorInput {
  readonly state: ClusterState;
  readonly timeUs: number;
  /** The node to show; undefined shows the event. */
  readonly nodeId: number | undefined;
  /** Seq of the event to show; where there is none, a hint is shown. */
  readonly seq: number;
}

export interface InspectorView {
  draw(input: InspectorInput): void;
}

const STAMP_FIELDS = new Set(["seq", "atUs", "node", "cause", "type", "body"]);
/** Fields that hold a node id; "from" and "to" do so only in events about messages and connections. */
const NODE_FIELDS = new Set(["from", "to", "leader", "brokerId", "candidate", "peer", "leaderId", "votedId"]);
const LINK_FIELDS = new Set(["from", "to"]);

/** Builds the inspector inside a container; `goTo` is called with the seq of an event that was clicked. */
export function createInspector(
  container: HTMLElement,
  trace: Trace,
  messages: MessageIndex,
  name: NodeNamer,
  goTo: (seq: number) => void,
): InspectorView {
  /** What the container holds: an event is drawn once, a node again at every moment. */
  let shown = "";
  const drawNode = createNodeInspector(createNodeHistory(trace), name, goTo);
  const root = select(container);

  function show(event: TraceEvent): void {
    const detail = trace.detail(trace.indexOfSeq(event.seq));
    const sent = sendingOf(event);
    const box = root.append("div").attr("class", "inspector");
    box.append("h2").text(sentenceOf(event, name));
    if (sent !== undefined) box.append("p").attr("class", "about").text(apiOf(sent.apiKey).about);
    const body = sent === undefined ? undefined : bodyOf(sent);
    if (body !== undefined) {
      box.append("h3").text(`${apiOf(sent!.apiKey).name} ${sent!.kind}, decoded`);
      box.node()!.append(valueTree(body));
    }
    showCauses(box.node()!, event);
    box.append("h3").text("All fields");
    const facts = box.append("dl");
    for (const [term, text] of factsOf(event, detail, name)) {
      facts.append("dt").text(term);
      facts.append("dd").text(text);
    }
  }

  function sendingOf(event: TraceEvent) {
    if (event.type === "message.sent") return event;
    if (event.type === "message.delivered" || event.type === "message.lost") return messages.byId(event.id)?.sent;
    return undefined;
  }

  function bodyOf(sent: TraceEvent): unknown {
    const detail = trace.detail(trace.indexOfSeq(sent.seq));
    return "body" in detail ? detail.body : undefined;
  }

  function showCauses(box: HTMLElement, event: TraceEvent): void {
    const causes = causesOf(trace, messages, event.seq).slice(1);
    const target = select(box);
    target.append("h3").text("Why?");
    if (causes.length === 0) {
      target.append("p").attr("class", "about").text("The script did it, or the process itself when it started.");
      return;
    }
    const buttons = target
      .append("ol")
      .selectAll("button")
      .data(causes)
      .join((enter) => enter.append("li").append("button"))
      .on("click", (_, cause) => goTo(cause.seq));
    buttons.append("time").text((cause) => shortTimeText(cause.atUs));
    buttons.append("span").text((cause) => `because ${lowerFirst(sentenceOf(cause, name))}`);
  }

  return {
    draw({ state, timeUs, nodeId, seq }) {
      const node = nodeId === undefined ? undefined : state.nodes.get(nodeId);
      const wanted = node === undefined ? `event ${seq}` : `node ${node.id}`;
      const isOther = wanted !== shown;
      if (isOther) {
        shown = wanted;
        container.replaceChildren();
        container.scrollTop = 0;
        root.append("div").attr("class", "panel-head").text("Inspector");
      }
      if (node !== undefined) return drawNode(container, { state, node, timeUs });
      if (!isOther) return;
      const event = trace.events[trace.indexOfSeq(seq)];
      if (event === undefined) {
        root
          .append("p")
          .attr("class", "empty")
          .html(
            "Click a message, a batch or a sentence to see it in full and ask why it happened; click a node to see its state.<br><br>" +
              "<kbd>Space</kbd> play · <kbd>←</kbd> <kbd>→</kbd> interesting events · " +
              "<kbd>Shift</kbd> + <kbd>←</kbd> <kbd>→</kbd> every event · <kbd>[</kbd> <kbd>]</kbd> speed",
          );
        return;
      }
      show(event);
    },
  };
}

function factsOf(event: TraceEvent, detail: TraceEvent, name: NodeNamer): readonly (readonly [string, string])[] {
  const facts: (readonly [string, string])[] = [
    ["at", timeText(event.atUs)],
    ["node", name(event.node)],
    ["event", `${event.type} #${event.seq}`],
  ];
  for (const [key, value] of Object.entries(detail)) {
    if (STAMP_FIELDS.has(key)) continue;
    const isNodeId = NODE_FIELDS.has(key) && (!LINK_FIELDS.has(key) || "connection" in event);
    facts.push([key, isNodeId && typeof value === "number" ? name(value) : factText(key, value)]);
  }
  return facts;
}

function factText(key: string, value: unknown): string {
  if (key === "sizeBytes" && typeof value === "number") return sizeText(value);
  if (key === "apiKey" && typeof value === "number") return `${value} (${apiOf(value).name})`;
  if (isErrorField(key) && typeof value === "number") return `${value} ${errorName(value)}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Lower case for the middle of a sentence, unless the word is a name with capitals of its own ("ISR"). */
function lowerFirst(sentence: string): string {
  const isAcronym = /^[A-Z]{2}/.test(sentence);
  return isAcronym ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
