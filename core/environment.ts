// The ports: everything a node may touch of the world.
//
// A node is a synchronous object over an Environment and holds no other access to time, chance, network or disk.
// The same node runs in the simulator and behind real sockets; only the host differs. The host owes the node:
//
//  1. One thing at a time. While a callback of the node runs, no other callback of that node runs. Calls on
//     ports only schedule: nothing happens to the node until its callback returns.
//  2. Timers fire at or after their delay on the monotonic clock, each at most once per arming, and never after
//     the process ended.
//  3. A connection delivers messages in the order they were sent, each once, until it closes. It may delay them
//     without bound (a black hole) or close at any time; it never drops or reorders while open, as TCP does not.
//  4. Appended bytes are readable at once and durable only after a flush completed. A process crash keeps appended
//     bytes (the page cache survives); power loss may drop any suffix that was not flushed.
//  5. A crash calls nothing. A restart calls the node's factory again over the same storage.
//
// The node owes the host: no other source of time or chance, and the same calls for the same callbacks.

import type { Buggify } from "./buggify.js";
import type { BugSwitches } from "./bugs.js";
import type { Marks } from "./marks.js";
import type { CoreEvent } from "./trace.js";
import type { Endpoint, NodeId, Uuid } from "./types.js";

/** Everything a node may touch. */
export interface Environment {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: Network;
  readonly storage: Storage;
  readonly trace: TraceSink;
  /** Historic bugs that are switched on; none in Kafka as it is. */
  readonly bugs: BugSwitches;
  /** Places where the unlikely may happen; none strikes in Kafka as it is. */
  readonly buggify: Buggify;
  /** Where the node says that it got into a rare branch. */
  readonly marks: Marks;
  /**
   * Ends this process at once, as Kafka's Exit.halt does when it cannot go on (its only log directory failed). Nothing
   * more is called. A host that cannot end the process leaves it out: the node then merely stays silent.
   */
  readonly halt?: () => void;
}

export interface Clock {
  /** Milliseconds since an arbitrary moment, integer; never goes back. For time-outs. */
  monotonicMs(): number;
  /** Milliseconds since 1970, integer. May be skewed, drift or step. For record timestamps and retention only. */
  wallMs(): number;
}

export interface Timers {
  /**
   * Creates a disarmed timer. Create it once and re-arm it: creation is not free, arming is.
   * @param name readable, as it appears in traces ("election", "isr-expiration")
   */
  create(name: string, onFire: () => void): Timer;
}

/** A named, re-armable alarm. Gone with the process. */
export interface Timer {
  readonly name: string;
  /** True from `arm` until it fires or is cancelled. */
  readonly armed: boolean;
  /** Fires once after `delayMs` (≥ 0, rounded up to the next microsecond); arming an armed timer replaces its deadline. */
  arm(delayMs: number): void;
  cancel(): void;
}

export interface Random {
  /** Integer in [0, bound), bound ≥ 1. */
  below(bound: number): number;
  /** True with probability numerator/denominator. */
  chance(numerator: number, denominator: number): boolean;
  uuid(): Uuid;
}

/**
 * What nodes exchange: typed bodies inside the simulator, bytes at its edge. Bodies are immutable once sent.
 * `core/protocol/apis.ts` narrows `body` by `apiKey`.
 */
export type Message = RequestMessage | ResponseMessage;

export interface RequestMessage {
  readonly kind: "request";
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly body: unknown;
}

export interface ResponseMessage {
  readonly kind: "response";
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly body: unknown;
}

export interface Network {
  /** Dials; ends in `handler.onOpen` or `handler.onClose` (refused, unreachable). Never calls back before returning. */
  connect(endpoint: Endpoint, handler: ConnectionHandler): Connection;
  /** Accepts connections on `endpoint`; the handler `onAccept` returns receives what the peer sends. */
  listen(endpoint: Endpoint, onAccept: (connection: Connection) => ConnectionHandler): Listener;
}

export interface Listener {
  /** Dials are refused from now on; one under way may still be accepted. Connections made before stay open. */
  close(): void;
}

export interface Connection {
  /** Unique among the connections of this process. */
  readonly id: number;
  /** Host name or address of the peer, where the host knows it. */
  readonly remoteHost?: string;
  /** Queues a message behind those already sent. Silently dropped if the connection is closed. */
  send(message: Message): void;
  /** Closes at once; no callback follows on this side, the peer's `onClose` does. Closing twice is harmless. */
  close(): void;
}

export interface ConnectionHandler {
  onOpen(): void;
  onMessage(message: Message): void;
  /** The peer closed, the connection was reset or refused. Called at most once, never after our own `close`. */
  onClose(): void;
}

export interface Storage {
  /** Opens a file, creating it when absent. Two opens of one path share the same bytes. */
  open(path: string): StorageFile;
  exists(path: string): boolean;
  /** Paths below `directory` (recursively), sorted by code unit. */
  list(directory: string): readonly string[];
  /**
   * Replaces the whole file atomically (write to a temporary, flush, rename): after a crash the file holds either
   * the old or the new bytes. The new bytes are readable at once, durable when `onDurable` is called.
   */
  replace(path: string, bytes: Uint8Array, onDurable?: (result: StorageResult) => void): void;
  /** Renames atomically, replacing the target. Handles opened under the old path are invalid afterwards. */
  rename(from: string, to: string): void;
  /** Removes a file; absent is fine. */
  remove(path: string): void;
}

/** "io-error": the log directory failed (EIO, disk full). The node must treat the directory as offline (KIP-112). */
export type StorageResult = "ok" | "io-error";

export interface StorageFile {
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * Appends; readable at once, durable after a flush. The array passes to the host: the caller must not change it
   * afterwards, and reads may return views of it.
   */
  append(bytes: Uint8Array): StorageResult;
  /** Bytes [position, position + length), clipped at the end of the file. A view: the caller must not change it. */
  read(positionBytes: number, lengthBytes: number): Uint8Array;
  truncate(sizeBytes: number): void;
  /** Makes everything appended so far durable. Calls back later, never before returning. */
  flush(onFlushed: (result: StorageResult) => void): void;
}

/** Where a node tells typed facts about itself. Guard with `enabled` so that no object is built when nobody listens. */
export interface TraceSink {
  readonly enabled: boolean;
  emit(event: CoreEvent): void;
}
