// Network: carries parcels between the machines of a run, in order, late, or not for now.
// Modelled on TCP as a program sees it: a connection delays or breaks, and never silently drops or reorders. A dead
// process's machine answers with a reset; a dark machine answers nothing. Rules stop, slow or refuse; see rules.ts.

import type { Message } from "../../core/environment.js";
import type { Endpoint, NodeId } from "../../core/types.js";
import type { RandomStreams } from "../kernel/random.js";
import type { EventKind, Simulation } from "../kernel/simulation.js";
import type { UnstampedEvent } from "../trace/format.js";
import type { TraceRecorder } from "../trace/recorder.js";
import { ConnectionEnd, MessageParcel, Parcel, type Carrier, type PortOwner } from "./connection.js";
import { DEFAULT_BYTES_PER_US, DEFAULT_LATENCY, type LatencyTables, type LinkKind } from "./latency.js";
import { Link } from "./link.js";
import { estimateSizeBytes } from "./message-size.js";
import { NetworkHost } from "./network-host.js";
import { holdRule, type LinkRule, type MessagePattern, type MessageRule, type Verdict } from "./rules.js";
import { freezeDeeply, type WireCodec } from "./wire-codec.js";

/** A lost segment or dial is repeated after about this long. */
const RETRANSMIT_US = 1_000_000;
/** A name that no machine has: the resolver says so after this long. */
const UNKNOWN_HOST_US = 1_000;

export interface NetworkOptions {
  readonly latency?: LatencyTables | undefined;
  readonly bytesPerUs?: number;
  /** Every message goes through its encoded form. */
  readonly codec?: WireCodec | undefined;
  /** Bodies are frozen when sent. */
  readonly freezeMessages?: boolean;
}

/** A `hold` that stands; `release` lets everything it stopped arrive, in order, now. */
export interface Hold {
  release(): void;
}

export class SimulatedNetwork implements Carrier {
  /** Messages sent and messages lost with their connection, so far. */
  sentMessages = 0;
  lostMessages = 0;

  private readonly simulation: Simulation;
  private readonly recorder: TraceRecorder;
  private readonly streams: RandomStreams;
  private readonly latency: LatencyTables;
  private readonly bytesPerUs: number;
  private readonly codec: WireCodec | undefined;
  private readonly freezeMessages: boolean;
  private readonly arrival: EventKind<Parcel>;
  private readonly drain: EventKind<ConnectionEnd>;
  private readonly hostsByName = new Map<string, NetworkHost>();
  private readonly links = new Map<string, Link>();
  private readonly linkRules: LinkRule[] = [];
  private readonly messageRules: MessageRule[] = [];
  private readonly parkedEnds = new Set<ConnectionEnd>();
  /** Dialling ends that are not closed, in the order of dialling. */
  private readonly dialled = new Set<ConnectionEnd>();
  private connectionCount = 0;

  constructor(simulation: Simulation, recorder: TraceRecorder, streams: RandomStreams, options: NetworkOptions = {}) {
    this.simulation = simulation;
    this.recorder = recorder;
    this.streams = streams;
    this.latency = options.latency ?? DEFAULT_LATENCY;
    this.bytesPerUs = options.bytesPerUs ?? DEFAULT_BYTES_PER_US;
    this.codec = options.codec;
    this.freezeMessages = options.freezeMessages ?? false;
    this.arrival = simulation.registerKind((parcel: Parcel) => this.arrive(parcel));
    this.drain = simulation.registerKind((end: ConnectionEnd) => this.drainParked(end));
  }

  addHost(nodeId: NodeId, name: string, rack: string | null, isClient: boolean): NetworkHost {
    const host = new NetworkHost(nodeId, name, rack, isClient);
    this.hostsByName.set(name, host);
    return host;
  }

  /** Installs a rule about everything between two nodes; returns its removal, after which stopped parcels go on. */
  addLinkRule(rule: LinkRule): () => void {
    this.linkRules.push(rule);
    this.applyLinkRules();
    return () => {
      removeFrom(this.linkRules, rule);
      this.applyLinkRules();
      for (const end of this.parkedEnds) {
        if (!end.inbound.blocked) this.scheduleDrain(end, end.inbound.drawDelayUs(0));
      }
    };
  }

  /** Installs a rule about single messages; returns its removal. The first decisive verdict wins. */
  addMessageRule(rule: MessageRule): () => void {
    this.messageRules.push(rule);
    return () => {
      removeFrom(this.messageRules, rule);
      for (const end of this.parkedEnds) this.scheduleDrain(end, 0);
    };
  }

  /** Stops matching messages at the receiver's door, and all that follow them on their connection. */
  hold(pattern: MessagePattern): Hold {
    const remove = this.addMessageRule(holdRule(pattern));
    return { release: remove };
  }

  /** How many messages stand held or blocked at some door. */
  get heldMessages(): number {
    let count = 0;
    for (const end of this.parkedEnds) {
      for (const parcel of end.parked) if (parcel.kind === "message") count++;
    }
    return count;
  }

  /** Breaks every connection between the two nodes; what is under way on them is lost. */
  resetConnections(first: NodeId, second: NodeId): void {
    // A node that notices may dial again at once: only the connections that exist now are meant.
    const existing = [...this.dialled];
    for (const end of existing) {
      const forth = end.dialler === first && end.acceptor === second;
      const back = end.dialler === second && end.acceptor === first;
      if (forth || back) this.resetConnection(end);
    }
  }

  /** A machine goes dark: nobody repeats what was under way from it and cannot pass. */
  powerOff(host: NetworkHost): void {
    host.hasPower = false;
    for (const end of this.parkedEnds) {
      if (end.peer.host !== host || !end.inbound.blocked) continue;
      this.parkedEnds.delete(end);
      for (const parcel of end.parked.splice(0)) this.lost(parcel);
    }
  }

  /** Power is back: whoever was talking to the machine learns, by repeating itself, that it forgot everything. */
  powerOn(host: NetworkHost): void {
    host.hasPower = true;
    const atUs = this.simulation.nowUs() + RETRANSMIT_US;
    for (const end of host.unanswered.splice(0)) this.launch(new Parcel("close", end.peer), atUs);
    for (const dial of host.waitingDials.splice(0)) this.simulation.schedule(atUs, this.arrival, dial);
  }

  /** Begins a connection; the dial leaves when the dialler's handler is over. */
  dial(owner: PortOwner, from: NetworkHost, endpoint: Endpoint): ConnectionEnd {
    const connection = ++this.connectionCount;
    const to = this.hostsByName.get(endpoint.host);
    const nodes = { dialler: from.nodeId, acceptor: to?.nodeId ?? -1 };
    const backward = this.link(to ?? from, from);
    const near = new ConnectionEnd(connection, "dialling", nodes, { host: from, port: 0, inbound: backward }, this);
    near.owner = owner;
    owner.connections.add(near);
    this.dialled.add(near);
    const place = { host: to ?? from, port: endpoint.port, inbound: this.link(from, to ?? from) };
    const far = new ConnectionEnd(connection, "accepting", nodes, place, this);
    near.peer = far;
    far.peer = near;
    if (to !== undefined) {
      const dial = new Parcel("dial", far);
      dial.cause = this.recorder.cause;
      owner.process.addEffect(dial);
    } else {
      const atUs = this.simulation.nowUs() + UNKNOWN_HOST_US;
      this.simulation.schedule(atUs, this.arrival, new Parcel("refused", near));
    }
    return near;
  }

  /** A process ended: its machine closes its connections, or falls silent if it lost power. */
  endProcess(owner: PortOwner, host: NetworkHost, machineHasPower: boolean): void {
    for (const [port, listener] of host.listeners) {
      if (listener.owner === owner) host.listeners.delete(port);
    }
    for (const end of owner.connections) {
      end.become("closed", "process-ended");
      if (machineHasPower) this.launch(new Parcel("close", end.peer), this.simulation.nowUs());
    }
  }

  wrap(sender: ConnectionEnd, message: Message): Parcel {
    const sent = this.codec === undefined ? message : this.codec.roundTrip(message);
    if (this.freezeMessages) freezeDeeply(sent);
    const sizeBytes = estimateSizeBytes(sent);
    const parcel = new MessageParcel(sender.peer, ++this.sentMessages, sent, sizeBytes);
    if (this.recorder.enabled) {
      // Written out and with its stamp: two of these are told for each message, and a spread costs ten times as much.
      parcel.cause = this.recorder.emit(parcel.from, {
        seq: 0,
        atUs: 0,
        node: parcel.from,
        cause: 0,
        type: "message.sent",
        id: parcel.id,
        connection: sender.connection,
        from: parcel.from,
        to: parcel.to,
        kind: sent.kind,
        apiKey: sent.apiKey,
        apiVersion: sent.apiVersion,
        correlationId: sent.correlationId,
        sizeBytes,
        body: sent.body,
      } as UnstampedEvent);
    }
    return parcel;
  }

  launch(parcel: Parcel, departUs: number): void {
    const { target } = parcel;
    const earliestUs = departUs + target.inbound.drawDelayUs(parcel.sizeBytes);
    const arrivesUs = earliestUs > target.lastArrivalUs ? earliestUs : target.lastArrivalUs;
    target.lastArrivalUs = arrivesUs;
    this.simulation.schedule(arrivesUs, this.arrival, parcel);
  }

  lost(parcel: Parcel): void {
    if (!(parcel instanceof MessageParcel)) return;
    this.lostMessages++;
    if (!this.recorder.enabled) return;
    const { id, from, to, target, message } = parcel;
    const { apiKey, correlationId } = message;
    const facts = { id, connection: target.connection, from, to, apiKey, correlationId };
    this.recorder.emitCausedBy(parcel.cause, to, { type: "message.lost", ...facts });
  }

  ended(end: ConnectionEnd): void {
    this.dialled.delete(end);
  }

  private arrive(parcel: Parcel): void {
    const { target } = parcel;
    if (target.parked.length > 0 || target.inbound.blocked) {
      if (target.inbound.blocked && !target.peer.host.hasPower) this.lost(parcel);
      else this.park(parcel);
      return;
    }
    const verdict = this.verdictOn(parcel);
    if (verdict === "pass") this.admit(parcel);
    else if (verdict === "hold") this.park(parcel);
    else this.resetAt(parcel);
  }

  /** What the first decisive message rule says. */
  private verdictOn(parcel: Parcel): Verdict {
    if (this.messageRules.length === 0 || !(parcel instanceof MessageParcel)) return "pass";
    for (const rule of this.messageRules) {
      const verdict = rule(parcel);
      if (verdict !== "pass") return verdict;
    }
    return "pass";
  }

  private resetAt(parcel: Parcel): void {
    this.lost(parcel);
    this.resetConnection(parcel.target);
  }

  /** Past all rules: hands the parcel to the machine, which passes it to the process or answers itself. */
  private admit(parcel: Parcel): void {
    const { target } = parcel;
    if (parcel.kind === "dial") {
      this.admitDial(parcel);
      return;
    }
    if (target.state === "accepting") {
      // The dialler gave up before its dial arrived at a listener.
      if (parcel.kind === "close") target.state = "closed";
      this.lost(parcel);
      return;
    }
    const process = target.owner?.process;
    if (process?.alive === true) {
      if (target.state === "closed") this.lost(parcel);
      else process.offer(parcel);
      return;
    }
    this.lost(parcel);
    if (parcel.kind !== "message" && parcel.kind !== "accepted") return;
    if (!target.host.hasPower) {
      if (!target.host.unanswered.includes(target)) target.host.unanswered.push(target);
    } else this.launch(new Parcel("close", target.peer), this.simulation.nowUs());
  }

  private admitDial(parcel: Parcel): void {
    const { target } = parcel;
    const { host, peer } = target;
    if (target.state !== "accepting") return;
    if (!host.hasPower) {
      host.waitingDials.push(parcel);
      return;
    }
    const listener = host.listeners.get(target.port);
    const answer = new Parcel(listener === undefined || target.inbound.refuses ? "refused" : "accepted", peer);
    answer.cause = parcel.cause;
    if (listener !== undefined && answer.kind === "accepted") {
      // The operating system completes the handshake; the process accepts when it comes to it.
      target.listener = listener;
      target.owner = listener.owner;
      target.state = "open";
      listener.owner.connections.add(target);
      listener.owner.process.offer(parcel);
    } else target.state = "closed";
    this.launch(answer, this.simulation.nowUs());
  }

  private park(parcel: Parcel): void {
    const { target } = parcel;
    target.parked.push(parcel);
    this.parkedEnds.add(target);
    this.tellParked("message.held", parcel);
  }

  private scheduleDrain(end: ConnectionEnd, delayUs: number): void {
    if (end.drainScheduled) return;
    end.drainScheduled = true;
    this.simulation.schedule(this.simulation.nowUs() + delayUs, this.drain, end);
  }

  /** Lets parked parcels arrive, in order, up to the first that is stopped again; later arrivals queue behind. */
  private drainParked(end: ConnectionEnd): void {
    end.drainScheduled = false;
    if (end.inbound.blocked) return;
    const waiting = end.parked;
    end.parked = [];
    for (const parcel of waiting) {
      if (end.parked.length > 0 || this.verdictOn(parcel) === "hold") {
        end.parked.push(parcel);
        continue;
      }
      this.tellParked("message.released", parcel);
      if (this.verdictOn(parcel) === "reset") this.resetAt(parcel);
      else this.admit(parcel);
    }
    if (end.parked.length === 0) this.parkedEnds.delete(end);
  }

  private tellParked(type: "message.held" | "message.released", parcel: Parcel): void {
    if (!this.recorder.enabled || !(parcel instanceof MessageParcel)) return;
    const { id, from, to, target } = parcel;
    this.recorder.emitCausedBy(parcel.cause, to, { type, id, connection: target.connection, from, to });
  }

  private resetConnection(end: ConnectionEnd): void {
    const stopped = [...end.parked.splice(0), ...end.peer.parked.splice(0)];
    for (const side of [end, end.peer]) {
      this.parkedEnds.delete(side);
      const process = side.owner?.process;
      if (side.state === "accepting") side.state = "closed";
      if (process === undefined || !process.alive || side.state === "closed") continue;
      side.state = "broken";
      process.offer(new Parcel("reset", side));
    }
    // After the reset: what is lost is lost with the connection, and the trace tells it in that order.
    for (const parcel of stopped) this.lost(parcel);
  }

  private applyLinkRules(): void {
    for (const link of this.links.values()) link.apply(this.linkRules);
  }

  private link(from: NetworkHost, to: NetworkHost): Link {
    const key = `${from.nodeId}→${to.nodeId}`;
    let link = this.links.get(key);
    if (link === undefined) {
      const table = this.latency[linkKind(from, to)];
      link = new Link(from.nodeId, to.nodeId, table, this.bytesPerUs, this.streams.stream(`network/${key}`));
      link.apply(this.linkRules);
      this.links.set(key, link);
    }
    return link;
  }
}

function linkKind(from: NetworkHost, to: NetworkHost): LinkKind {
  if (from.nodeId === to.nodeId) return "loopback";
  if (from.isClient || to.isClient) return "client";
  return from.rack === to.rack ? "same-rack" : "other-rack";
}

function removeFrom<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
