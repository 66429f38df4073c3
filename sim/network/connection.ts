// Connection: two ends and what travels between them.
// Each direction delivers in order: whatever is stopped stops all that follows it. Nothing is dropped while both ends
// live; a message is lost only with its connection. Parcels are what travels: dials, answers, messages, closes.
//
// States of an end: dialling → open (accepted) | closed (refused, closed here, process ended)
//                   accepting → open (the dial arrived at a listener) | closed
//                   open → closed (closed here, by the peer, process ended) | broken (reset)
//                   broken → closed (the process notices)

import type { Connection, ConnectionHandler, Message } from "../../core/environment.js";
import type { NodeId } from "../../core/types.js";
import { messageCostNs } from "../process/costs.js";
import { TaskCode, type Effect, type Process, type Task } from "../process/process.js";
import type { UnstampedEvent } from "../trace/format.js";
import type { Link } from "./link.js";
import type { NetworkHost } from "./network-host.js";
import type { MessageInTransit } from "./rules.js";

/** What ends and parcels need of the network. */
export interface Carrier {
  /** Puts a parcel on its way at `departUs`. */
  launch(parcel: Parcel, departUs: number): void;
  /** Makes the parcel for a message, telling the trace that it was sent. */
  wrap(sender: ConnectionEnd, message: Message): Parcel;
  lost(parcel: Parcel): void;
  /** Called once for each end that reached "closed". */
  ended(end: ConnectionEnd): void;
}

/** Who holds an end: the network port of one process. */
export interface PortOwner {
  readonly process: Process;
  readonly connections: Set<ConnectionEnd>;
}

/** Who accepts at an endpoint. */
export interface Listener {
  readonly owner: PortOwner;
  readonly onAccept: (connection: Connection) => ConnectionHandler;
}

export type EndState = "dialling" | "accepting" | "open" | "broken" | "closed";

export class ConnectionEnd implements Connection {
  readonly id: number;
  /** Numbers the connections of a run; both ends have the same. */
  readonly connection: number;
  readonly dialler: NodeId;
  readonly acceptor: NodeId;
  readonly host: NetworkHost;
  readonly port: number;
  /** The direction towards this end. */
  readonly inbound: Link;
  readonly carrier: Carrier;
  peer!: ConnectionEnd;
  owner: PortOwner | undefined;
  handler: ConnectionHandler | undefined;
  listener: Listener | undefined;
  state: EndState;
  /** Stopped on arrival, oldest first; while there are any, whatever arrives joins them. */
  parked: Parcel[] = [];
  drainScheduled = false;
  lastArrivalUs = 0;

  constructor(
    connection: number,
    state: "dialling" | "accepting",
    nodes: { readonly dialler: NodeId; readonly acceptor: NodeId },
    place: { readonly host: NetworkHost; readonly port: number; readonly inbound: Link },
    carrier: Carrier,
  ) {
    this.connection = connection;
    this.id = connection * 2 + (state === "dialling" ? 0 : 1);
    this.state = state;
    this.dialler = nodes.dialler;
    this.acceptor = nodes.acceptor;
    this.host = place.host;
    this.port = place.port;
    this.inbound = place.inbound;
    this.carrier = carrier;
  }

  send(message: Message): void {
    const { owner, state } = this;
    if (owner === undefined || !owner.process.alive) return;
    if (state !== "open" && state !== "dialling") return;
    owner.process.addEffect(this.carrier.wrap(this, message));
  }

  close(): void {
    const { owner, state } = this;
    if (owner === undefined || !owner.process.alive || state === "closed") return;
    this.become("closed", "closed-here");
    if (state !== "broken") owner.process.addEffect(new Parcel("close", this.peer));
  }

  /** Closes this end and tells the trace why. */
  become(state: "closed", reason: "closed-here" | "closed-by-peer" | "reset" | "process-ended" | "refused"): void {
    this.state = state;
    this.owner?.connections.delete(this);
    this.carrier.ended(this);
    const process = this.owner?.process;
    if (process === undefined) return;
    const { recorder } = process.context;
    if (!recorder.enabled) return;
    const facts = { connection: this.connection, from: this.dialler, to: this.acceptor };
    if (reason === "refused") recorder.emit(process.nodeId, { type: "connection.refused", ...facts });
    else recorder.emit(process.nodeId, { type: "connection.closed", ...facts, reason });
  }
}

export type ParcelKind = "dial" | "accepted" | "refused" | "message" | "close" | "reset";

const KIND_NUMBER: Readonly<Record<ParcelKind, number>> = {
  dial: 1,
  accepted: 2,
  refused: 3,
  message: 4,
  close: 5,
  reset: 6,
};

const CONTROL_BYTES = 64;

/** Something under way to an end; once arrived, a task of the end's process. */
export class Parcel implements Task, Effect {
  readonly kind: ParcelKind;
  readonly target: ConnectionEnd;
  sizeBytes = CONTROL_BYTES;
  /** `seq` of the trace event that caused it. */
  cause = 0;

  constructor(kind: ParcelKind, target: ConnectionEnd) {
    this.kind = kind;
    this.target = target;
  }

  depart(atUs: number): void {
    this.target.carrier.launch(this, atUs);
  }

  /** What a process had closed, its operating system closes. A dial was not begun. */
  abandon(machineHasPower: boolean, atUs: number): void {
    if (machineHasPower && this.kind === "close") this.depart(atUs);
  }

  run(): void {
    const { target, kind } = this;
    const { process } = target.owner as PortOwner;
    const { simulation, recorder, digest } = process.context;
    recorder.cause = this.cause;
    digest.mixEvent(simulation.nowUs(), TaskCode.CONNECTION, process.nodeId, KIND_NUMBER[kind], target.id);
    switch (kind) {
      case "dial":
        if (target.state !== "open") return;
        process.chargeNs(process.costs.connectionNs);
        target.handler = (target.listener as Listener).onAccept(target);
        return;
      case "accepted":
        if (target.state !== "dialling") return;
        target.state = "open";
        process.chargeNs(process.costs.connectionNs);
        if (recorder.enabled) {
          const facts = { connection: target.connection, from: target.dialler, to: target.acceptor };
          recorder.cause = recorder.emit(process.nodeId, { type: "connection.opened", ...facts });
        }
        target.handler?.onOpen();
        return;
      default: {
        // refused, close, reset: the connection is over, unless this end closed it first.
        if (target.state === "closed") return;
        const reset = kind === "reset" || target.state === "broken";
        target.become("closed", kind === "refused" ? "refused" : reset ? "reset" : "closed-by-peer");
        target.handler?.onClose();
      }
    }
  }

  drop(): void {}
}

/** A message under way. */
export class MessageParcel extends Parcel implements MessageInTransit {
  readonly id: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;

  constructor(target: ConnectionEnd, id: number, message: Message, sizeBytes: number) {
    super("message", target);
    this.id = id;
    this.from = target.inbound.from;
    this.to = target.inbound.to;
    this.message = message;
    this.sizeBytes = sizeBytes;
  }

  override abandon(): void {
    this.target.carrier.lost(this);
  }

  override run(): void {
    const { target, message } = this;
    if (target.state !== "open") {
      target.carrier.lost(this);
      return;
    }
    const { process } = target.owner as PortOwner;
    const { simulation, recorder, digest } = process.context;
    const { apiKey, correlationId } = message;
    digest.mixEvent(
      simulation.nowUs(),
      TaskCode.MESSAGE,
      process.nodeId,
      (apiKey << 1) | +(message.kind === "request"),
      correlationId,
    );
    digest.mix(this.sizeBytes);
    if (recorder.enabled) {
      recorder.cause = recorder.emitCausedBy(this.cause, process.nodeId, {
        seq: 0,
        atUs: 0,
        node: process.nodeId,
        cause: 0,
        type: "message.delivered",
        id: this.id,
        connection: target.connection,
        from: this.from,
        to: this.to,
        apiKey,
        correlationId,
      } as UnstampedEvent);
    }
    process.chargeNs(messageCostNs(process.costs, message, this.sizeBytes));
    target.handler?.onMessage(message);
  }

  override drop(): void {
    this.target.carrier.lost(this);
  }
}
