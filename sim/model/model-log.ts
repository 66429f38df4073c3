// Model log: a log of a few records, small enough that all logs there can be fit in a table.
//
// Each content exists once and never changes, so a state names a log by its number, and what core/ says about two logs
// needs to be asked once. The epochs a log knows are kept by core's own LeaderEpochCache, told of each record in order
// as a real log does; the model keeps nothing but the records.

import { assertDefined } from "../../core/assert.js";
import type { Storage } from "../../core/environment.js";
import { type EpochEndOffset, LeaderEpochCache } from "../../core/log/leader-epoch-cache.js";
import type { LeaderEpoch, Offset } from "../../core/types.js";

/** A record is its number and the epoch of the leader that wrote it. */
export interface ModelRecord {
  readonly id: number;
  readonly epoch: LeaderEpoch;
}

export class ModelLog {
  /** Its place in the table. */
  readonly number: number;
  readonly records: readonly ModelRecord[];
  private readonly epochs = new LeaderEpochCache(FORGETFUL_STORAGE, "leader-epoch-checkpoint");

  constructor(number: number, records: readonly ModelRecord[]) {
    this.number = number;
    this.records = records;
    records.forEach((record, offset) => this.epochs.assign(record.epoch, offset));
  }

  get logEndOffset(): Offset {
    return this.records.length;
  }
  get latestEpoch(): LeaderEpoch | undefined {
    return this.epochs.latestEpoch;
  }
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | undefined {
    return this.epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /** Do both hold the same record at `offset`? */
  agreesAt(offset: Offset, other: ModelLog): boolean {
    const own = this.records[offset];
    return own !== undefined && own.id === other.records[offset]?.id;
  }

  toString(): string {
    return `[${this.records.map(({ id, epoch }) => `${recordName(id)}(e${epoch})`).join(" ")}]`;
  }
}

export function recordName(id: number): string {
  return "xyzuvw".charAt(id);
}

/** All logs met so far, each once. */
export class ModelLogs {
  private readonly logs: ModelLog[] = [];
  private readonly byContent = new Map<string, ModelLog>();
  readonly empty = this.of([]);

  at(number: number): ModelLog {
    return assertDefined(this.logs[number], "a state names a log of the table");
  }
  append(log: ModelLog, record: ModelRecord): ModelLog {
    return this.of([...log.records, record]);
  }
  truncate(log: ModelLog, endOffset: Offset): ModelLog {
    return endOffset >= log.logEndOffset ? log : this.of(log.records.slice(0, endOffset));
  }

  private of(records: readonly ModelRecord[]): ModelLog {
    const content = records.map(({ id, epoch }) => `${id}:${epoch}`).join(" ");
    let log = this.byContent.get(content);
    if (log === undefined) {
      log = new ModelLog(this.logs.length, records);
      this.logs.push(log);
      this.byContent.set(content, log);
    }
    return log;
  }
}

/** The models have no crashes, so nothing is ever read back. */
export const FORGETFUL_STORAGE: Storage = {
  open: () => assertDefined<never>(undefined, "a model's log opens no file"),
  exists: () => false,
  list: () => [],
  replace: () => undefined,
  rename: () => undefined,
  remove: () => undefined,
};
