// Known producers: of which producers a replica's log has held a batch.
// A leader that knows a producer can tell a gap in its numbers; one that does not takes whatever comes for its beginning
// (ProducerAppendInfo.checkSequence), and batches that only a lost leader had received come after it then.

import type { NodeId, Offset } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";
import { scopedKey } from "./scoped-key.js";

export class KnownProducers {
  /** What it is told of; feed it in trace order. */
  static readonly watches = ["log.appended", "log.truncated", "log.opened", "log.deleted"] as const;

  /** By replica, then producer id: where the first of its batches lies that were never cut off. */
  readonly #firstBatches = new Map<string, Map<number, Offset>>();

  knows(node: NodeId, topic: string, partition: number, producerId: number): boolean {
    return this.#firstBatches.get(scopedKey(node, topic, partition))?.has(producerId) === true;
  }

  note(event: Extract<TraceEvent, { type: (typeof KnownProducers.watches)[number] }>): void {
    const replica = scopedKey(event.node, event.topic, event.partition);
    if (event.type === "log.deleted") {
      this.#firstBatches.delete(replica);
      return;
    }
    const known = this.#firstBatches.get(replica);
    if (event.type === "log.appended") {
      if (event.producerId < 0) return;
      if (known === undefined) this.#firstBatches.set(replica, new Map([[event.producerId, event.baseOffset]]));
      else if (!known.has(event.producerId)) known.set(event.producerId, event.baseOffset);
      return;
    }
    if (known === undefined) return;
    // A log that was emptied to begin elsewhere has forgotten everybody; what retention deletes is not forgotten (KIP-360).
    const isEmptied = event.type === "log.truncated" && event.logStartOffset !== undefined;
    const endOffset = event.type === "log.truncated" ? event.toOffset : event.logEndOffset;
    for (const [producerId, offset] of known) if (isEmptied || offset >= endOffset) known.delete(producerId);
  }
}
