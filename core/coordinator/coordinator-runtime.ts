// Coordinator runtime: replicated state machines on the partitions of an internal topic.
// `__consumer_offsets` and `__transaction_state` are both kept by it: whoever leads a partition runs its shard.
//
// Life of a partition here: absent → LOADING (elected) → ACTIVE (log replayed to its end) → absent (resigned), or
// LOADING → FAILED (unreadable log). A FAILED or absent partition answers NOT_COORDINATOR, a LOADING one
// COORDINATOR_LOAD_IN_PROGRESS.
//
// A write, in order: the shard decides; its records are appended as one batch; they are replayed; the response
// leaves when the high watermark passes them. Append comes before replay, and the append to the local log answers at
// once, so a refused write has changed nothing. Kafka replays first, because its appends are buffered, and needs
// snapshots to go back; we do not. A write that was appended and not replicated needs no undoing either: as long as
// we lead, its records stay in the log, and when we lose the partition the whole shard is dropped.
//
// The coordinator epoch is the leader epoch of the partition. It tags every append and every high watermark:
// after a change of leader the same offset may hold other records, and completing a write because "the high
// watermark passed 50" would acknowledge what is lost (KAFKA-20634). If we lead the very next epoch as well, nobody else
// led in between: the log and the shard are what they were, and only the epoch changes.

import { assertDefined } from "../assert.js";
import type { Environment } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import { encodeBatch, forEachBatch, forEachRecord } from "../log/record-batch.js";
import { batchIsControl, batchNextOffset } from "../log/batch-header.js";
import { MalformedMessageError } from "../protocol/errors.js";
import type { LeaderEpoch, Offset } from "../types.js";
import type { Timer } from "../environment.js";
import { coordinatorError } from "./coordinator-errors.js";
import type {
  CoordinatorLog,
  CoordinatorOutcome,
  CoordinatorResult,
  CoordinatorShard,
  PartitionWriter,
  RecordCodec,
  ShardContext,
} from "./coordinator-shard.js";
import { DeferredWrites } from "./deferred-writes.js";

/** Bytes replayed in one step of loading (`offsets.load.buffer.size`): a long load takes simulated time. */
const LOAD_BUFFER_BYTES = 5_242_880;
/** How long a resignation waits in the coordinator's queue, where a bug lets it: a few fetches of the new leader. */
const QUEUED_UNLOAD_MS = 1_000;

export interface CoordinatorRuntimeOptions<S extends CoordinatorShard<R>, R> {
  readonly env: Environment;
  /** The internal topic whose partitions hold the state. */
  readonly topic: string;
  readonly writer: PartitionWriter;
  readonly codec: RecordCodec<R>;
  /** How long a write waits for its replicas (`offsets.commit.timeout.ms`). */
  readonly writeTimeoutMs: number;
  createShard(context: ShardContext<R>): S;
}

interface Coordinated<S> {
  readonly partition: number;
  epoch: LeaderEpoch;
  readonly log: CoordinatorLog;
  readonly shard: S;
  readonly deferred: DeferredWrites;
  readonly loadTimer: Timer;
  state: "loading" | "active" | "failed";
  /** Next offset to replay while loading. */
  position: Offset;
  lastWrittenOffset: Offset;
  highWatermark: Offset;
}

/** Runs the shards of the partitions this broker leads. A listener of `ReplicaManager`: events of other topics pass by. */
export class CoordinatorRuntime<S extends CoordinatorShard<R>, R> {
  readonly #options: CoordinatorRuntimeOptions<S, R>;
  readonly #partitions = new Map<number, Coordinated<S>>();
  /** Highest leader epoch heard of each partition, so that a late election or resignation is known to be late. */
  readonly #latestEpochs = new Map<number, LeaderEpoch>();
  #running = false;
  #queue: (() => void)[] = [];

  constructor(options: CoordinatorRuntimeOptions<S, R>) {
    this.#options = options;
  }

  /**
   * This broker leads `partition` since `leaderEpoch`: load its log, unless it led the epoch before, too. Ignored if a
   * later epoch is known.
   */
  onLeadership(topic: string, partition: number, leaderEpoch: LeaderEpoch, log: CoordinatorLog): void {
    if (topic !== this.#options.topic) return;
    this.#run(() => {
      if (leaderEpoch <= (this.#latestEpochs.get(partition) ?? -1)) return;
      this.#latestEpochs.set(partition, leaderEpoch);
      const led = this.#partitions.get(partition);
      if (led !== undefined && led.state !== "failed" && led.epoch + 1 === leaderEpoch) {
        led.epoch = leaderEpoch;
        // What was told of the high watermark in this epoch before we knew it was ignored.
        this.#advance(led, log.highWatermark);
        return;
      }
      this.#unload(partition);
      this.#load(partition, leaderEpoch, log);
    });
  }

  /** This broker no longer leads `partition`, as of `leaderEpoch`. Ignored if it was elected again since. */
  onResigned(topic: string, partition: number, leaderEpoch: LeaderEpoch): void {
    if (topic !== this.#options.topic) return;
    this.#run(() => {
      if (leaderEpoch < (this.#latestEpochs.get(partition) ?? -1)) return;
      this.#latestEpochs.set(partition, leaderEpoch);
      if (this.#options.env.bugs["complete-by-offset-alone"]) this.#unloadLater(partition);
      else this.#unload(partition);
    });
  }

  /** The replica of `partition` left this broker. If it comes back with a new topic, its epochs begin at 0 again. */
  onDeleted(topic: string, partition: number): void {
    if (topic !== this.#options.topic) return;
    this.#run(() => {
      this.#latestEpochs.delete(partition);
      this.#unload(partition);
    });
  }

  /** The high watermark that this broker, as leader of `leaderEpoch`, reached. Other epochs' are not ours to use. */
  onHighWatermarkAdvanced(topic: string, partition: number, leaderEpoch: LeaderEpoch, highWatermark: Offset): void {
    if (topic !== this.#options.topic) return;
    const coordinated = this.#partitions.get(partition);
    if (coordinated === undefined) return;
    if (coordinated.epoch !== leaderEpoch && !this.#options.env.bugs["complete-by-offset-alone"]) return;
    this.#run(() => this.#advance(coordinated, highWatermark));
  }

  /** Takes a decision of the shard of `partition` and answers when everything it may tell of is committed. */
  write<T>(
    partition: number,
    decide: (shard: S) => CoordinatorResult<R, T>,
    onOutcome: (outcome: CoordinatorOutcome<T>) => void,
  ): void {
    this.#run(() => {
      const coordinated = this.#partitions.get(partition);
      const error = unavailable(coordinated);
      if (error !== Errors.NONE) return onOutcome({ ok: false, error });
      const active = assertDefined(coordinated, "an available partition is coordinated here");
      this.#apply(active, decide(active.shard), onOutcome);
    });
  }

  /** Reads the state of the shard of `partition` as it is. */
  read<T>(partition: number, look: (shard: S) => T, onOutcome: (outcome: CoordinatorOutcome<T>) => void): void {
    this.#run(() => {
      const coordinated = this.#partitions.get(partition);
      const error = unavailable(coordinated);
      if (error !== Errors.NONE) return onOutcome({ ok: false, error });
      onOutcome({
        ok: true,
        response: look(assertDefined(coordinated, "an available partition is coordinated here").shard),
      });
    });
  }

  /** The partitions coordinated here, ascending, whether active, loading or failed. */
  partitions(): readonly number[] {
    return [...this.#partitions.keys()].sort((a, b) => a - b);
  }

  /** COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, or NONE if the shard of `partition` answers. */
  availability(partition: number): ErrorCode {
    return unavailable(this.#partitions.get(partition));
  }

  /** Gives all partitions up: pending operations fail with NOT_COORDINATOR. */
  shutdown(): void {
    this.#run(() => {
      for (const partition of this.partitions()) this.#unload(partition);
    });
  }

  /**
   * Runs operations one after the other. Answering a client may bring in its next request before we return; taken
   * up at once, it would see the shard in the middle of a decision.
   */
  #run(operation: () => void): void {
    if (this.#running) {
      this.#queue.push(operation);
      return;
    }
    this.#running = true;
    operation();
    while (this.#queue.length > 0) {
      const queued = this.#queue;
      this.#queue = [];
      for (const next of queued) next();
    }
    this.#running = false;
  }

  #apply<T>(
    coordinated: Coordinated<S>,
    result: CoordinatorResult<R, T>,
    onOutcome: (outcome: CoordinatorOutcome<T>) => void,
  ): void {
    const finish = (error: ErrorCode): void => {
      if (error === Errors.REQUEST_TIMED_OUT) this.#options.env.marks.reached("coordinator-write-timed-out");
      const told = coordinatorError(error);
      result.onCompleted?.(told);
      onOutcome(told === Errors.NONE ? { ok: true, response: result.response } : { ok: false, error: told });
    };
    if (result.records.length > 0) {
      const error = this.#append(coordinated, result);
      if (error !== Errors.NONE) {
        this.#options.env.marks.reached("coordinator-write-refused");
        result.revert?.(coordinatorError(error));
        return finish(error);
      }
    }
    // Even a decision without records may tell of what earlier ones wrote, so it waits for them.
    if (coordinated.lastWrittenOffset < coordinated.highWatermark) finish(Errors.NONE);
    else coordinated.deferred.add(coordinated.lastWrittenOffset, finish);
  }

  #append<T>(coordinated: Coordinated<S>, result: CoordinatorResult<R, T>): ErrorCode {
    const { env, topic, writer, codec } = this.#options;
    const now = env.clock.wallMs();
    const batch = encodeBatch(result.records.map((record) => codec.encode(record, now)));
    const appended = writer.appendForCoordinator(topic, coordinated.partition, batch, coordinated.epoch);
    if (!appended.ok) return appended.error;
    if (result.replay !== false) {
      const baseOffset = appended.lastOffset - result.records.length + 1;
      result.records.forEach((record, index) => coordinated.shard.replay(baseOffset + index, record));
    }
    coordinated.lastWrittenOffset = appended.lastOffset;
    return Errors.NONE;
  }

  #advance(coordinated: Coordinated<S>, highWatermark: Offset): void {
    if (this.#partitions.get(coordinated.partition) !== coordinated) return;
    if (highWatermark <= coordinated.highWatermark) return;
    coordinated.highWatermark = highWatermark;
    if (coordinated.state !== "active") return;
    coordinated.shard.onCommitted(highWatermark);
    coordinated.deferred.complete(highWatermark);
  }

  #load(partition: number, epoch: LeaderEpoch, log: CoordinatorLog): void {
    const { env } = this.#options;
    const shard = this.#options.createShard({
      partition,
      write: (decide) =>
        this.#run(() => {
          if (this.#partitions.get(partition) === coordinated) this.#apply(coordinated, decide(), ignoreOutcome);
        }),
    });
    const coordinated: Coordinated<S> = {
      partition,
      epoch,
      log,
      shard,
      deferred: new DeferredWrites(env.clock, env.timers, this.#options.writeTimeoutMs, () =>
        this.#run(() => coordinated.deferred.expire()),
      ),
      loadTimer: env.timers.create("coordinator-load", () => this.#run(() => this.#loadSlice(coordinated))),
      state: "loading",
      position: log.logStartOffset,
      lastWrittenOffset: -1,
      highWatermark: -1,
    };
    this.#partitions.set(partition, coordinated);
    coordinated.loadTimer.arm(0);
  }

  /** Replays the next bytes of the log; at its end the shard becomes active. */
  #loadSlice(coordinated: Coordinated<S>): void {
    const { log } = coordinated;
    // Records below the start of the log are gone (deleted or compacted away while we load).
    coordinated.position = Math.max(coordinated.position, log.logStartOffset);
    const endOffset = log.logEndOffset;
    if (coordinated.position < endOffset) {
      const isSlow = this.#options.env.buggify.strikes("slow-coordinator-load");
      const { records } = log.read(coordinated.position, isSlow ? 1 : LOAD_BUFFER_BYTES, endOffset, true);
      if (!this.#replayBatches(coordinated, records)) {
        coordinated.state = "failed";
        return;
      }
      // Nothing readable is left although offsets are: compaction removed the records at the end.
      if (records.length === 0) coordinated.position = endOffset;
    }
    if (coordinated.position < log.logEndOffset) coordinated.loadTimer.arm(0);
    else this.#activate(coordinated);
  }

  /** False if a batch or a record of a known type cannot be read. */
  #replayBatches(coordinated: Coordinated<S>, bytes: Uint8Array): boolean {
    const { codec } = this.#options;
    let readable = true;
    forEachBatch(bytes, (at) => {
      // Control batches carry transaction markers, not state of the shard.
      if (!batchIsControl(bytes, at)) {
        readable = tolerateMalformed(() =>
          forEachRecord(bytes, at, (offset, _timestampMs, key, value) => {
            if (offset < coordinated.position) return;
            const record = codec.decode(key, value);
            if (record !== undefined) coordinated.shard.replay(offset, record);
          }),
        );
      }
      coordinated.position = batchNextOffset(bytes, at);
      return readable;
    });
    return readable;
  }

  #activate(coordinated: Coordinated<S>): void {
    const { env, topic } = this.#options;
    coordinated.state = "active";
    coordinated.lastWrittenOffset = coordinated.position - 1;
    coordinated.highWatermark = Math.max(coordinated.highWatermark, coordinated.log.highWatermark);
    coordinated.shard.onCommitted(coordinated.highWatermark);
    const { partition, epoch } = coordinated;
    if (env.trace.enabled) {
      env.trace.emit({ type: "coordinator.loaded", topic, partition, coordinatorEpoch: epoch });
    }
    coordinated.shard.onLoaded();
  }

  /**
   * In Kafka the coordinator hears of the resignation through a queue of its own, some time after the replica has
   * become a follower; so the epochs of high watermarks matter. Here that is one step, unless a bug needs to be seen.
   */
  #unloadLater(partition: number): void {
    const coordinated = this.#partitions.get(partition);
    const unload = (): void => {
      if (this.#partitions.get(partition) === coordinated) this.#unload(partition);
    };
    this.#options.env.timers.create("coordinator-unload", () => this.#run(unload)).arm(QUEUED_UNLOAD_MS);
  }

  #unload(partition: number): void {
    const coordinated = this.#partitions.get(partition);
    if (coordinated === undefined) return;
    const { env, topic } = this.#options;
    this.#partitions.delete(partition);
    if (coordinated.deferred.size > 0) env.marks.reached("coordinator-lost-while-writing");
    if (coordinated.state === "loading") env.marks.reached("coordinator-lost-while-loading");
    coordinated.loadTimer.cancel();
    coordinated.deferred.failAll(Errors.NOT_COORDINATOR);
    coordinated.shard.onUnloaded();
    if (env.trace.enabled) {
      env.trace.emit({ type: "coordinator.unloaded", topic, partition, coordinatorEpoch: coordinated.epoch });
    }
  }
}

function unavailable(coordinated: { readonly state: string } | undefined): ErrorCode {
  if (coordinated === undefined || coordinated.state === "failed") return Errors.NOT_COORDINATOR;
  return coordinated.state === "loading" ? Errors.COORDINATOR_LOAD_IN_PROGRESS : Errors.NONE;
}

function ignoreOutcome(): void {}

/** Runs `visit`; false if it met bytes that are no records, as a damaged or foreign log holds. */
function tolerateMalformed(visit: () => ErrorCode): boolean {
  try {
    return visit() === Errors.NONE;
  } catch (error) {
    if (error instanceof MalformedMessageError) return false;
    throw error;
  }
}
