// Network host: a machine as the network sees it: a name, a place, and an operating system that answers while it has
// power, whether or not the process behind a port is alive, busy or paused.

import type { NodeId } from "../../core/types.js";
import type { ConnectionEnd, Listener, Parcel } from "./connection.js";

export class NetworkHost {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly rack: string | null;
  readonly isClient: boolean;
  hasPower = true;
  /** By port. */
  readonly listeners = new Map<number, Listener>();
  /** Ends that were sent something while the machine was dark: the senders repeat it, and meet a reset later. */
  readonly unanswered: ConnectionEnd[] = [];
  /** Dials that met a dark machine: repeated until it answers. */
  readonly waitingDials: Parcel[] = [];

  constructor(nodeId: NodeId, name: string, rack: string | null, isClient: boolean) {
    this.nodeId = nodeId;
    this.name = name;
    this.rack = rack;
    this.isClient = isClient;
  }
}
