// The controllers' decisions, each told once: by the one that made it, or by the next, which inherited it.
// A controller that slept may learn late that what it wrote is committed, or that it was elected at all, when its
// successor has long taken over and has told what it found. What it tells then would stand in the trace as news.

import type { CoreEvent } from "../../core/trace.js";
import type { NodeId } from "../../core/types.js";

export class Decisions {
  /** The epoch in which each controller became active last. */
  readonly #epochs = new Map<NodeId, number>();
  #newest = -1;

  /** Has a later controller told this already? To be asked of every event of every node. */
  isOldNews(node: NodeId, event: CoreEvent): boolean {
    switch (event.type) {
      case "controller.activated":
        this.#epochs.set(node, event.epoch);
        this.#newest = Math.max(this.#newest, event.epoch);
        return false;
      case "partition.changed":
      case "broker.registered":
      case "broker.fenced":
      case "broker.unfenced":
      case "broker.controlled-shutdown":
        return (this.#epochs.get(node) ?? this.#newest) < this.#newest;
      default:
        return false;
    }
  }
}
