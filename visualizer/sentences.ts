// Sentences: one event told in plain words, for lists, tooltips and the inspector.

import { errorName } from "../core/errors.js";
import { describeLastIntent } from "../sim/faults/describe.js";
import { apiOf } from "./apis.js";
import { fileWords } from "./folding.js";
import { isHandedOver } from "./model/reduce-nodes.js";
import type { EventOf, TraceEvent } from "./trace-types.js";
import { capitalised, countText, listText, type NodeNamer } from "./words.js";

/** The event as one short sentence without its full stop. */
export function sentenceOf(event: TraceEvent, name: NodeNamer): string {
  return (
    worldSentence(event, name) ??
    replicationSentence(event, name) ??
    clusterSentence(event, name) ??
    clientSentence(event, name) ??
    `${name(event.node)}: ${event.type}`
  );
}

function worldSentence(event: TraceEvent, name: NodeNamer): string | undefined {
  const who = name(event.node);
  switch (event.type) {
    case "note":
      return event.text;
    case "application.processed":
      return `${who} has processed ${event.topic}-${event.partition} offset ${event.offset}`;
    case "fault.injected":
      return capitalised(event.sentence);
    case "fault.healed":
      return capitalised(event.sentence);
    case "message.sent":
      return `${name(event.from)} sends a ${apiOf(event.apiKey).name} ${event.kind} to ${name(event.to)}`;
    case "message.delivered":
      return `${name(event.to)} handles a ${apiOf(event.apiKey).name} message from ${name(event.from)}`;
    case "message.lost":
      return `A ${apiOf(event.apiKey).name} message from ${name(event.from)} to ${name(event.to)} is lost`;
    case "message.held":
      return `A message from ${name(event.from)} to ${name(event.to)} is held`;
    case "message.released":
      return `The message from ${name(event.from)} to ${name(event.to)} goes on`;
    case "connection.opened":
      return `${name(event.from)} connects to ${name(event.to)}`;
    case "connection.refused":
      return `${name(event.to)} refuses a connection from ${name(event.from)}`;
    case "connection.closed":
      return `${who} sees the connection ${name(event.from)} – ${name(event.to)} close (${event.reason})`;
    case "timer.fired":
      return `${who}: timer “${event.name}” fires`;
    case "disk.flushed":
      return `${who} flushed ${event.path}`;
    case "disk.damaged":
      return damageSentence(event, who);
    case "process.started":
      return event.incarnation > 1 ? `${who} starts again` : `${who} starts`;
    case "process.crashed": {
      const dies = event.how === "power-loss" ? "loses power" : "crashes";
      const { before } = event;
      return `${who} ${dies}${before === undefined ? "" : `, about to ${describeLastIntent(before)}`}`;
    }
    case "process.paused":
      return `${who} stands still`;
    case "process.resumed":
      return `${who} goes on`;
    case "process.stopped":
      return `${who} stops`;
    default:
      return undefined;
  }
}

function replicationSentence(event: TraceEvent, name: NodeNamer): string | undefined {
  const who = name(event.node);
  const where = "partition" in event ? `${event.topic}-${event.partition}` : "";
  switch (event.type) {
    case "log.appended":
      return `${who} appends ${where} offsets ${rangeText(event.baseOffset, event.lastOffset)}`;
    case "log.truncated":
      return `${who} truncates ${where} from ${event.fromOffset} back to ${event.toOffset}`;
    case "log.start-advanced":
      return `${who}: ${where} now starts at ${event.logStartOffset} (${event.reason})`;
    case "log.opened":
      return `${who} opens ${where}: log end ${event.logEndOffset}${droppedText(event.droppedBytes)}`;
    case "log.deleted":
      return `${who} deletes its copy of ${where}`;
    case "log.compacted":
      return `${who} compacts ${where}: ${event.removedRecords} records gone`;
    case "partition.became-leader":
      return `${who} leads ${where} in epoch ${event.leaderEpoch}`;
    case "partition.became-follower":
      return `${who} follows ${name(event.leader)} for ${where} in epoch ${event.leaderEpoch}`;
    case "high-watermark.advanced":
      return `${who}: high watermark of ${where} moves to ${event.highWatermark}`;
    case "high-watermark.lowered":
      return `${who}: high watermark of ${where} falls from ${event.from} to ${event.highWatermark}`;
    case "isr.expand-requested":
    case "isr.shrink-requested":
      return `${who} asks for ISR {${event.proposed.map(name).join(", ")}} of ${where}`;
    case "isr.expanded":
      return `ISR of ${where} grows to {${event.isr.map(name).join(", ")}}`;
    case "isr.shrunk":
      return `ISR of ${where} shrinks to {${event.isr.map(name).join(", ")}}`;
    case "isr.change-refused":
      return `${who} is refused the ISR it asked for of ${where}: ${errorName(event.error)}`;
    case "replica.fenced":
      return `${who} is refused by ${name(event.peer)} for ${where}: ${errorName(event.error)}`;
    case "replica.failed":
      return `${who} follows ${where} no more: what ${name(event.peer)} sends does not fit its log`;
    case "produce.rejected":
      return `${who} refuses a produce request for ${where} (${errorName(event.error)})`;
    case "log-dir.failed":
      return `${who}: log directory ${event.directory} failed`;
    default:
      return undefined;
  }
}

function clusterSentence(event: TraceEvent, name: NodeNamer): string | undefined {
  const who = name(event.node);
  switch (event.type) {
    case "quorum.transitioned":
      return `${who} is ${event.to.toLowerCase()} in quorum epoch ${event.epoch}`;
    case "quorum.vote-answered":
      return `${who} ${event.granted ? "votes for" : "refuses"} ${name(event.candidate)} in epoch ${event.epoch}`;
    case "controller.activated":
      return `${who} becomes the active controller (epoch ${event.epoch})`;
    case "controller.resigned":
      return `${who} is no longer the active controller`;
    case "broker.registered":
      return `${name(event.brokerId)} registers`;
    case "broker.fenced":
      return `The controller fences ${name(event.brokerId)}`;
    case "broker.unfenced":
      return `The controller unfences ${name(event.brokerId)}`;
    case "broker.controlled-shutdown":
      return `${name(event.brokerId)} hands its leaderships over before it stops`;
    case "partition.changed":
      return partitionSentence(event, name);
    case "group.transitioned":
      if (isHandedOver(event)) return `${who} no longer coordinates group ${event.group}`;
      return `Group ${event.group}: ${event.to}, generation ${event.generationId}, ${countText(event.members.length, "member")}`;
    case "group.member-removed":
      return `Group ${event.group} removes ${event.memberId} (${event.reason})`;
    case "group.member-left-behind":
      return `Group ${event.group} goes on without ${event.memberId}, which is static and did not rejoin`;
    case "group.offset-committed":
      return `Group ${event.group} commits offset ${event.offset} of ${event.topic}-${event.partition}`;
    case "group.request-fenced":
      return `Group ${event.group} refuses ${event.memberId} of generation ${event.generationId}`;
    case "broker.state-changed":
      return `${who}: ${event.to.toLowerCase().replaceAll("_", " ")}`;
    default:
      return undefined;
  }
}

function partitionSentence(event: EventOf<"partition.changed">, name: NodeNamer): string {
  const where = `${event.topic}-${event.partition}`;
  switch (event.reason) {
    case "created":
      return `${where} is created, led by ${name(event.leader)}`;
    case "deleted":
      return `${where} is deleted`;
    case "isr-change":
      if (event.leader < 0) return leaderlessSentence(event, where, name);
      return `ISR of ${where} is now {${event.isr.map(name).join(", ")}}`;
    case "unclean-revert":
      return `${where} is given back to ${listText(event.isr.map(name))}, which was not in sync`;
    case "reassignment":
      return `${where} now lives on ${listText(event.replicas.map(name))}`;
    default: {
      if (event.leader < 0) return leaderlessSentence(event, where, name);
      const how = event.reason === "unclean-election" ? " uncleanly" : "";
      return `${name(event.leader)} is${how} elected leader of ${where} (epoch ${event.leaderEpoch})`;
    }
  }
}

function leaderlessSentence({ elr }: EventOf<"partition.changed">, where: string, name: NodeNamer): string {
  // An ELR is there since KIP-966: without one, who is in the ISR may lead.
  return `${where} has no leader${elr.length === 0 ? "" : `; ${elr.map(name).join(" or ")} may lead again`}`;
}

function clientSentence(event: TraceEvent, name: NodeNamer): string | undefined {
  const who = name(event.node);
  switch (event.type) {
    case "producer.send":
      return `${who} hands record ${event.recordId} to its producer for ${event.topic}-${event.partition}`;
    case "producer.acknowledged":
      return `${who}: record ${event.recordId} is acknowledged at ${event.topic}-${event.partition}, offset ${event.offset}`;
    case "producer.failed":
      return `${who}: record ${event.recordId} failed (${event.error})`;
    case "producer.epoch-bumped":
      return `${who} goes on with producer epoch ${event.producerEpoch}`;
    case "consumer.delivered":
      return `${who} reads ${event.topic}-${event.partition}, offset ${event.offset}`;
    case "consumer.assigned":
      return `${who} is assigned ${listText(event.partitions)}`;
    case "consumer.revoked":
      return `${who} gives up ${listText(event.partitions)}`;
    case "consumer.lost":
      return `${who} lost ${listText(event.partitions)}`;
    case "consumer.position-reset":
      return `${who} goes to offset ${event.to} of ${event.topic}-${event.partition} (${event.reason})`;
    default:
      return undefined;
  }
}

function rangeText(first: number, last: number): string {
  return first === last ? String(first) : `${first}–${last}`;
}

function droppedText(bytes: number): string {
  return bytes > 0 ? `, ${bytes} torn bytes dropped` : "";
}

function damageSentence({ loss, path, lostBytes }: EventOf<"disk.damaged">, who: string): string {
  const { folder, kind } = fileWords(path);
  const file = `${folder} (${kind})`;
  switch (loss) {
    case "unflushed":
      return `${who} loses ${lostBytes} unflushed bytes of ${file}`;
    case "wiped":
      return `${who} loses its disk with ${lostBytes} bytes of ${file}`;
    case "corrupt":
      return `${who}: bytes of ${file} are corrupted on disk`;
  }
}
