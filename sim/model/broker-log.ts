// Broker log: the log of a few records that stands in for core's Log under a real Partition.
//
// Segments, indexes, files and producers do not matter to the question of who may lose what; leader epochs do, and they
// are kept by core's own LeaderEpochCache, told by append, truncation and new leadership as core's Log tells it.
// A record is one byte pair: its number and its epoch. Contents are interned, so that a state names one by its number.

import { assertDefined } from "../../core/assert.js";
import type { EpochEntry } from "../../core/log/checkpoint-file.js";
import { type EpochEndOffset, LeaderEpochCache } from "../../core/log/leader-epoch-cache.js";
import type { Log } from "../../core/log/log.js";
import type { AppendResult } from "../../core/log/log-types.js";
import type { LeaderEpoch, Offset } from "../../core/types.js";
import { FORGETFUL_STORAGE, type ModelRecord, recordName } from "./model-log.js";

/** What a log holds, as a value. */
export interface LogContent {
  readonly number: number;
  readonly records: readonly ModelRecord[];
  readonly epochs: readonly EpochEntry[];
}

/** All contents met so far, each once. */
export class LogContents {
  private readonly contents: LogContent[] = [];
  private readonly byText = new Map<string, LogContent>();
  readonly empty = this.of([], []);

  at(number: number): LogContent {
    return assertDefined(this.contents[number], "a state names a content of the table");
  }

  of(records: readonly ModelRecord[], epochs: readonly EpochEntry[]): LogContent {
    const held = records.map(({ id, epoch }) => `${id}:${epoch}`).join(" ");
    const text = `${held}|${epochs.map(({ epoch, startOffset }) => `${epoch}:${startOffset}`).join(" ")}`;
    let content = this.byText.get(text);
    if (content === undefined) {
      content = { number: this.contents.length, records: records.slice(), epochs: epochs.slice() };
      this.contents.push(content);
      this.byText.set(text, content);
    }
    return content;
  }
}

const RECORD_BYTES = 2;

export function encodeRecord(id: number): Uint8Array {
  return Uint8Array.of(id, 0);
}

export function recordsToString(records: readonly ModelRecord[]): string {
  return `[${records.map(({ id, epoch }) => `${recordName(id)}(e${epoch})`).join(" ")}]`;
}

/** The part of core's Log that partitions and fetches use. */
export class BrokerLog {
  readonly logStartOffset = 0;
  readonly isOffline = false;
  /** Here everything is durable at once. */
  readonly local = { isHoldingBack: false };
  highWatermark: Offset = 0;
  private records: ModelRecord[];
  private readonly epochs = new LeaderEpochCache(FORGETFUL_STORAGE, "leader-epoch-checkpoint");

  constructor(content: LogContent) {
    this.records = content.records.slice();
    for (const { epoch, startOffset } of content.epochs) this.epochs.assign(epoch, startOffset);
  }

  /** As core's Partition takes it: nothing else of a Log is called. */
  asLog(): Log {
    return this as unknown as Log;
  }

  content(contents: LogContents): LogContent {
    return contents.of(this.records, this.epochs.all());
  }

  get logEndOffset(): Offset {
    return this.records.length;
  }
  get lastStableOffset(): Offset {
    return this.highWatermark;
  }
  get latestEpoch(): LeaderEpoch | undefined {
    return this.epochs.latestEpoch;
  }
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | undefined {
    return this.epochs.endOffsetFor(epoch, this.logEndOffset);
  }
  assignEpochStartOffset(epoch: LeaderEpoch, startOffset: Offset): void {
    this.epochs.assign(epoch, startOffset);
  }

  setHighWatermark(offset: Offset): boolean {
    const clamped = Math.min(Math.max(offset, 0), this.logEndOffset);
    if (clamped === this.highWatermark) return false;
    this.highWatermark = clamped;
    return true;
  }

  truncateTo(offset: Offset): void {
    const end = Math.min(offset, this.logEndOffset);
    this.records.length = end;
    this.epochs.truncateFromEnd(end);
    this.highWatermark = Math.min(this.highWatermark, end);
  }

  appendAsLeader(batch: Uint8Array, leaderEpoch: LeaderEpoch): AppendResult {
    const offset = this.logEndOffset;
    this.write({ id: batch[0]!, epoch: leaderEpoch });
    const numbers = { baseOffset: offset, lastOffset: offset, logAppendTimeMs: -1, logStartOffset: 0 };
    return { ok: true, ...numbers, duplicate: false };
  }

  appendAsFollower(records: Uint8Array): void {
    for (let at = 0; at < records.length; at += RECORD_BYTES) {
      this.write({ id: records[at]!, epoch: records[at + 1]! });
    }
  }

  /** One record, whatever the limit: the models fetch one by one. */
  read(startOffset: Offset): { readonly records: Uint8Array } {
    const { id, epoch } = assertDefined(this.records[startOffset], "a read starts below the log end");
    return { records: Uint8Array.of(id, epoch) };
  }

  private write(record: ModelRecord): void {
    this.epochs.assign(record.epoch, this.logEndOffset);
    this.records.push(record);
  }
}
