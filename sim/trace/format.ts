// Trace: everything a run tells, as one stream of facts.
// Checkers, the text report, exporters and the visualizer all read it; nothing in the simulation does. A script may
// wait for a fact of it (`world.once`), as it may look at a node.
// `cause` is the event that was being handled when this one was emitted: "why did this happen?" is a walk back.

import type { CoreEvent } from "../../core/trace.js";
import type { NodeId } from "../../core/types.js";
import type { Fault } from "../faults/fault.js";
import type { LastIntent } from "../process/death-midway.js";

/** The node of events that belong to no process: scripts, faults, notes. */
export const SCRIPT_NODE: NodeId = -1;

/** When and where an event was emitted, and why. */
export interface Stamp {
  /** Numbers the events of a trace from 1. */
  readonly seq: number;
  /** Simulated time in integer microseconds; never goes back within a trace. */
  readonly atUs: number;
  readonly node: NodeId;
  /** `seq` of the event being handled; 0 for what the script did. */
  readonly cause: number;
}

/** Facts about messages and connections, told by the network. `id` numbers the messages of a run. */
export type NetworkEvent =
  | {
      /** Stamped with the sender. The message leaves when the handler's simulated time is spent. */
      readonly type: "message.sent";
      readonly id: number;
      readonly connection: number;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly kind: "request" | "response";
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly correlationId: number;
      /** Estimated, the same whether or not messages are encoded. */
      readonly sizeBytes: number;
      /** The body itself: immutable, shared with the nodes. */
      readonly body: unknown;
    }
  | {
      /** The receiver begins to handle the message. `lost`: the connection or the receiver was gone. */
      readonly type: "message.delivered" | "message.lost";
      readonly id: number;
      readonly connection: number;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly apiKey: number;
      readonly correlationId: number;
    }
  | {
      /** Stopped by a partition or a `hold`, itself or by waiting behind one that was; or let go again. */
      readonly type: "message.held" | "message.released";
      readonly id: number;
      readonly connection: number;
      readonly from: NodeId;
      readonly to: NodeId;
    }
  | {
      /** `from` dialled `to`. Closed: the stamped node learned of it, or did it itself ("closed-here"). */
      readonly type: "connection.opened" | "connection.refused";
      readonly connection: number;
      readonly from: NodeId;
      readonly to: NodeId;
    }
  | {
      readonly type: "connection.closed";
      readonly connection: number;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly reason: "closed-here" | "closed-by-peer" | "reset" | "process-ended";
    };

/** Facts about processes, their timers and disks, told by their host. */
export type ProcessEvent =
  | { readonly type: "timer.fired"; readonly name: string }
  | { readonly type: "disk.flushed"; readonly path: string; readonly durableBytes: number }
  | {
      /** Bytes that had been written are gone or changed. */
      readonly type: "disk.damaged";
      readonly loss: "unflushed" | "wiped" | "corrupt";
      readonly path: string;
      readonly lostBytes: number;
    }
  | { readonly type: "process.started"; readonly name: string; readonly incarnation: number }
  | {
      readonly type: "process.crashed";
      readonly how: "crash" | "power-loss";
      /** What it never came to do, if it died in the midst of a handler. */
      readonly before?: LastIntent;
    }
  | { readonly type: "process.paused" | "process.resumed" | "process.stopped" };

/** Facts about the script: its faults, its narration, and the work of its applications. */
export type ScriptEvent =
  | {
      /** The application of the stamped consumer has finished its work on a record. */
      readonly type: "application.processed";
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  | {
      readonly type: "fault.injected" | "fault.healed";
      readonly fault: Fault;
      /** The nodes the fault's targets stood for when it struck. */
      readonly nodes: readonly NodeId[];
      readonly sentence: string;
      /** Set where healing found nothing to undo: not worth telling. */
      readonly idle?: true;
    }
  | { readonly type: "note"; readonly text: string };

export type SimEvent = NetworkEvent | ProcessEvent | ScriptEvent;

/** An event before it is stamped. */
export type UnstampedEvent = CoreEvent | SimEvent;

export type TraceEvent = Stamp & UnstampedEvent;

/** First line of a trace file, where it also counts its events: what was run. */
export interface TraceHeader {
  readonly format: "samsa-trace";
  readonly version: 1;
  readonly seed: number;
  readonly scenario: string;
  /** Historic bugs that were switched on; absent if none was. */
  readonly bugs?: readonly string[];
  /** Places where the unlikely might happen; absent if none. */
  readonly buggify?: readonly string[];
  readonly nodes: readonly TraceNode[];
  /** The run's digest and verdicts, when it has ended. */
  readonly digest?: string;
  readonly verdicts?: readonly TraceVerdict[];
}

/** What a checker found, as a trace's header tells it. */
export interface TraceVerdict {
  readonly checker: string;
  readonly claim: string;
  readonly violations: number;
  /** The first violation: what was found, and at which event; 0 if at the end. */
  readonly first?: { readonly message: string; readonly seq: number } | undefined;
}

/** A node as the header describes it. */
export interface TraceNode {
  readonly id: NodeId;
  readonly name: string;
  readonly role: "broker" | "controller" | "client" | "external";
  readonly rack: string | null;
}
