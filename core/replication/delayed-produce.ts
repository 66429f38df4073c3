// Delayed produce: an acks=all request that waits until every in-sync replica has its records.
//
// For each partition the high watermark must reach the end of what was appended. Then the size of the ISR is looked at
// again ("check B"): too small a one gives NOT_ENOUGH_REPLICAS_AFTER_APPEND, though the records stay in the log. Lost
// leadership and the time-out end the wait with an error; in each of these cases the outcome is unknown to the client.

import { type ErrorCode, Errors } from "../errors.js";
import type { Offset } from "../types.js";
import type { Partition } from "./partition.js";
import { DelayedOperation } from "./purgatory.js";

/** What a client is told about one partition of its produce request. */
export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  error: ErrorCode;
  readonly errorMessage: string | null;
  /** -1 on error. */
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  /** -1 unless the broker stamps the time (LogAppendTime). */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: Offset;
}

/** One partition that still waits. */
export interface PendingAppend {
  readonly partition: Partition;
  /** The high watermark that ends the wait. */
  readonly requiredOffset: Offset;
  readonly result: ProduceResult;
}

export class DelayedProduce extends DelayedOperation {
  private readonly waiting: PendingAppend[];
  private readonly answer: () => void;

  /** @param waiting passes to the operation, which takes out what need not wait any longer */
  constructor(waiting: PendingAppend[], answer: () => void) {
    super();
    this.waiting = waiting;
    this.answer = answer;
  }

  override canComplete(): boolean {
    let kept = 0;
    for (const append of this.waiting) {
      const outcome = append.partition.checkEnoughReplicas(append.requiredOffset);
      if (outcome === undefined) this.waiting[kept++] = append;
      else append.result.error = outcome;
    }
    this.waiting.length = kept;
    return kept === 0;
  }

  override onExpiration(): void {
    for (const append of this.waiting) append.result.error = Errors.REQUEST_TIMED_OUT;
  }

  override onComplete(): void {
    this.answer();
  }
}
