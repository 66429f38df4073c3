// New epochs: which batches a producer sent again under a later producer epoch than before.
// Their earlier attempt may lie in the log already: a broker that is asked under a new epoch does not recognise it, and
// no promise of idempotence covers them (KIP-360: a bump renumbers everything that is in flight).

import type { NodeId } from "../../core/types.js";
import type { TraceEvent } from "../trace/format.js";

type BatchSent = Extract<TraceEvent, { type: "producer.batch-sent" }>;

export class NewEpochs {
  /** By client, then number of a batch's first record: the producer epoch it was last sent under. */
  readonly #epochs = new Map<NodeId, Map<number, number>>();
  /** By client: records of batches that were sent under another epoch before. */
  readonly #resent = new Map<NodeId, Set<number>>();

  /** @returns whether the batch was sent under another epoch before */
  note({ node, firstRecordId, lastRecordId, producerEpoch }: BatchSent): boolean {
    let epochs = this.#epochs.get(node);
    if (epochs === undefined) this.#epochs.set(node, (epochs = new Map()));
    const before = epochs.get(firstRecordId);
    epochs.set(firstRecordId, producerEpoch);
    if (before === undefined || before === producerEpoch) return false;
    let resent = this.#resent.get(node);
    if (resent === undefined) this.#resent.set(node, (resent = new Set()));
    for (let id = firstRecordId; id <= lastRecordId; id++) resent.add(id);
    return true;
  }

  /** Was the record sent again under a new epoch? */
  covers(client: NodeId, recordId: number): boolean {
    return this.#resent.get(client)?.has(recordId) === true;
  }

  /** A new process of the client numbers its records from 0 again. */
  forget(client: NodeId): void {
    this.#epochs.delete(client);
    this.#resent.delete(client);
  }
}
