// Segment swap: replaces a group of segments by one rewritten segment, safely against a crash at any moment.
//
//   1. write "<base>.log.cleaned" and flush it       crash: thrown away at the next start
//   2. rename it to "<base>.log.swap"                the commit point: from here the swap will be completed
//   3. rename the old segments to ".deleted"
//   4. rename ".swap" to its final name
//
// The indexes are made afresh from the swapped file. `log-loader.ts` does the completing.

import { assert } from "../assert.js";
import type { Environment, StorageFile } from "../environment.js";
import type { LogConfig } from "./log-config.js";
import { CLEANED_SUFFIX, SWAP_SUFFIX, logFilePath } from "./log-files.js";
import { LogSegment } from "./log-segment.js";
import type { LogSegments } from "./log-segments.js";

/** "given-up": the log was cut meanwhile. "io-error": storage failed, and the log directory with it. */
export type SwapOutcome = "swapped" | "given-up" | "io-error";

export class SegmentSwap {
  private readonly env: Environment;
  private readonly segments: LogSegments;
  private readonly replaced: readonly LogSegment[];
  private readonly logPath: string;
  private readonly cleaned: StorageFile;
  private failed = false;

  constructor(env: Environment, segments: LogSegments, replaced: readonly LogSegment[]) {
    assert(replaced.length > 0, "a swap replaces at least one segment");
    this.env = env;
    this.segments = segments;
    this.replaced = replaced;
    this.logPath = logFilePath(segments.directory, replaced[0]!.baseOffset);
    env.storage.remove(`${this.logPath}${CLEANED_SUFFIX}`);
    this.cleaned = env.storage.open(`${this.logPath}${CLEANED_SUFFIX}`);
  }

  /** Appends a batch to the rewritten segment. */
  append(batch: Uint8Array): void {
    if (this.cleaned.append(batch) !== "ok") this.failed = true;
  }

  /**
   * Flushes the rewritten segment and puts it in the place of the old ones.
   * @param mayStillSwap asked after the flush: the log may have been cut meanwhile
   * @param onDecided told just before the files change: a crash from there on does not undo it
   * @param onDone not called before this returns
   */
  commit(
    config: () => LogConfig,
    mayStillSwap: () => boolean,
    onDecided: () => void,
    onDone: (outcome: SwapOutcome) => void,
  ): void {
    this.cleaned.flush((result) => {
      const isWritten = result === "ok" && !this.failed;
      const swaps = isWritten && mayStillSwap();
      if (swaps) {
        onDecided();
        this.swap(config());
      } else this.env.storage.remove(`${this.logPath}${CLEANED_SUFFIX}`);
      if (swaps) onDone("swapped");
      else onDone(isWritten ? "given-up" : "io-error");
    });
  }

  private swap(config: LogConfig): void {
    const { storage } = this.env;
    const { directory } = this.segments;
    const all = this.segments.all();
    const areAllThere = this.replaced.every((segment) => all.includes(segment));
    assert(areAllThere, "retention leaves a log alone that is being cleaned");
    const swapPath = `${this.logPath}${SWAP_SUFFIX}`;
    storage.rename(`${this.logPath}${CLEANED_SUFFIX}`, swapPath);
    for (const segment of this.replaced) this.segments.deleteLater(segment.baseOffset, config.fileDeleteDelayMs);
    storage.rename(swapPath, this.logPath);
    const { baseOffset, createdMs } = this.replaced[0]!;
    const { segment } = LogSegment.recover(storage, directory, baseOffset, createdMs, config, () => undefined);
    this.segments.substitute(this.replaced, segment);
  }
}
