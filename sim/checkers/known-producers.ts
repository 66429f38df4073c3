// Known producers: of which producers a replica's log has held a batch.
// A leader that knows a producer can tell a gap in its numbers; one that does not takes whatever comes for its beginning
// (ProducerAppendInfo.checkSequence), and batches that only a lost leader had received come after it then.

import type { NodeId, Offset } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";
import { scopedKey } from "./scoped-key.js";

export class KnownProducers {
  /** What it is told of; feed it in trace order. */
  static readonly watches = ["log.appended", "log.truncated", "log.opened", "log.deleted"] as const;

  /** By replica, then producer id: between which offsets its batches lie that were never cut off. */
  readonly #batches = new Map<string, Map<number, { readonly first: Offset; last: Offset }>>();

  knows(node: NodeId, topic: string, partition: number, producerId: number): boolean {
    return this.#batches.get(scopedKey(node, topic, partition))?.has(producerId) === true;
  }

  note(event: Extract<TraceEvent, { type: (typeof KnownProducers.watches)[number] }>): void {
    const replica = scopedKey(event.node, event.topic, event.partition);
    if (event.type === "log.deleted") {
      this.#batches.delete(replica);
      return;
    }
    const known = this.#batches.get(replica);
    if (event.type === "log.appended") {
      const { producerId, baseOffset, lastOffset } = event;
      if (producerId < 0) return;
      const batches = known?.get(producerId);
      if (batches !== undefined) batches.last = lastOffset;
      else if (known !== undefined) known.set(producerId, { first: baseOffset, last: lastOffset });
      else this.#batches.set(replica, new Map([[producerId, { first: baseOffset, last: lastOffset }]]));
      return;
    }
    if (known === undefined) return;
    // A log that was emptied to begin elsewhere has forgotten everybody. What retention deletes is not forgotten (KIP-360)
    // until the log is opened again (ProducerStateManager.truncateAndReload).
    const isEmptied = event.type === "log.truncated" && event.logStartOffset !== undefined;
    const endOffset = event.type === "log.truncated" ? event.toOffset : event.logEndOffset;
    const rememberedFrom = event.type === "log.opened" ? event.logStartOffset : 0;
    for (const [producerId, batches] of known) {
      batches.last = Math.min(batches.last, endOffset - 1);
      if (isEmptied || batches.first >= endOffset || batches.last < rememberedFrom) known.delete(producerId);
    }
  }
}
