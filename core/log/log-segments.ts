// The segments of one log, ordered by base offset, and the life of their files.
// A segment leaves in two steps: its files are renamed to ".deleted" at once, so that a restart cannot bring them
// back, and removed `file.delete.delay.ms` later, so that readers in the middle of a file can finish.

import { assert, assertDefined } from "../assert.js";
import type { Environment, Timer } from "../environment.js";
import type { Offset } from "../types.js";
import { DELETED_SUFFIX, LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, filenamePrefix } from "./log-files.js";
import { LogSegment } from "./log-segment.js";

export const SEGMENT_SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX] as const;

interface PendingDeletion {
  readonly path: string;
  readonly atMs: number;
}

export class LogSegments {
  readonly directory: string;
  private readonly env: Environment;
  private readonly list: LogSegment[];
  private deletions: PendingDeletion[] = [];
  private deletionTimer: Timer | undefined;

  /** @param segments ordered by base offset, at least one */
  constructor(env: Environment, directory: string, segments: LogSegment[]) {
    assert(segments.length > 0, "a log has at least one segment");
    this.env = env;
    this.directory = directory;
    this.list = segments;
  }

  get active(): LogSegment {
    return this.list[this.list.length - 1]!;
  }

  get first(): LogSegment {
    return this.list[0]!;
  }

  /** Oldest first. */
  all(): readonly LogSegment[] {
    return this.list;
  }

  get count(): number {
    return this.list.length;
  }

  at(index: number): LogSegment | undefined {
    return this.list[index];
  }

  /** Bytes of batches in all segments. */
  get sizeBytes(): number {
    let sizeBytes = 0;
    for (const segment of this.list) sizeBytes += segment.sizeBytes;
    return sizeBytes;
  }

  /** Index of the last segment whose base offset is at or below `offset`; -1 if all lie above. */
  floorIndex(offset: Offset): number {
    // Readers that keep up ask for the active segment: look there before searching.
    const lastIndex = this.list.length - 1;
    if (this.list[lastIndex]!.baseOffset <= offset) return lastIndex;
    let low = 0;
    let high = lastIndex - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (this.list[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }

  /** Adds an empty segment at the end and makes it the active one. An empty active segment at that base is reused. */
  append(baseOffset: Offset): LogSegment {
    if (this.active.baseOffset === baseOffset && this.active.sizeBytes === 0) return this.active;
    assert(baseOffset > this.active.baseOffset, "a new segment begins after the active one");
    const segment = LogSegment.create(this.env.storage, this.directory, baseOffset, this.env.clock.wallMs());
    this.list.push(segment);
    return segment;
  }

  /** Removes segments from the log; their files go after `delayMs`. The log must keep one or get one at once. */
  remove(segments: readonly LogSegment[], delayMs: number): void {
    for (const segment of segments) {
      const index = this.list.indexOf(segment);
      assert(index >= 0, "a segment to remove is one of the log's");
      this.list.splice(index, 1);
      this.deleteLater(segment.baseOffset, delayMs);
    }
  }

  /** Removes all segments and starts an empty one. */
  restartAt(baseOffset: Offset, delayMs: number): void {
    this.remove([...this.list], delayMs);
    this.list.push(LogSegment.create(this.env.storage, this.directory, baseOffset, this.env.clock.wallMs()));
  }

  /** Puts `replacement` in the place of `replaced`, whose files were dealt with already. */
  substitute(replaced: readonly LogSegment[], replacement: LogSegment): void {
    const index = this.list.indexOf(assertDefined(replaced[0], "at least one segment is replaced"));
    assert(index >= 0, "the replaced segments are the log's");
    this.list.splice(index, replaced.length, replacement);
  }

  /** Renames the files of a segment to ".deleted" and removes them after `delayMs`. */
  deleteLater(baseOffset: Offset, delayMs: number): void {
    const prefix = `${this.directory}/${filenamePrefix(baseOffset)}`;
    const atMs = this.env.clock.monotonicMs() + delayMs;
    for (const suffix of SEGMENT_SUFFIXES) {
      const path = `${prefix}${suffix}`;
      if (!this.env.storage.exists(path)) continue;
      this.env.storage.rename(path, `${path}${DELETED_SUFFIX}`);
      this.deletions.push({ path: `${path}${DELETED_SUFFIX}`, atMs });
    }
    this.armDeletionTimer();
  }

  /** Forgets pending work: the directory itself is going away. */
  cancelDeletions(): void {
    this.deletions = [];
    this.deletionTimer?.cancel();
  }

  private armDeletionTimer(): void {
    const next = this.deletions[0];
    if (next === undefined) return;
    this.deletionTimer ??= this.env.timers.create("file-delete", () => this.deleteDueFiles());
    if (!this.deletionTimer.armed) {
      this.deletionTimer.arm(Math.max(0, next.atMs - this.env.clock.monotonicMs()));
    }
  }

  private deleteDueFiles(): void {
    const nowMs = this.env.clock.monotonicMs();
    for (const { path, atMs } of this.deletions) if (atMs <= nowMs) this.env.storage.remove(path);
    this.deletions = this.deletions.filter(({ atMs }) => atMs > nowMs);
    this.armDeletionTimer();
  }
}
