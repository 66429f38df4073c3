// Storage: a process's view of its machine's disk.
// Ends with the process: calls made later do nothing, and flushes that complete later call nobody.

import { assert } from "../../core/assert.js";
import type { Storage, StorageFile, StorageResult } from "../../core/environment.js";
import { perKibNs } from "../process/costs.js";
import { TaskCode, type Process, type Task } from "../process/process.js";
import type { Disk, FileEntry } from "./disk.js";

export class SimulatedStorage implements Storage {
  private readonly process: Process;
  private readonly disk: Disk;

  constructor(process: Process, disk: Disk) {
    this.process = process;
    this.disk = disk;
  }

  open(path: string): StorageFile {
    const { process, disk } = this;
    assert(process.alive, "only a living process opens a file");
    if (disk.find(path) === undefined) process.beforeFileOperation("create", path);
    return new SimulatedFile(path, disk.open(path), process, disk);
  }

  exists(path: string): boolean {
    return this.disk.find(path) !== undefined;
  }

  list(directory: string): readonly string[] {
    const prefix = directory === "" || directory.endsWith("/") ? directory : `${directory}/`;
    return this.disk.paths(prefix);
  }

  replace(path: string, bytes: Uint8Array, onDurable?: (result: StorageResult) => void): void {
    const { process, disk } = this;
    if (!process.alive) return;
    process.beforeFileOperation("replace", path);
    chargeAppend(process, disk, bytes.length);
    mixBytes(process, bytes);
    const completion = new FlushCompletion(process, disk, path, true, onDurable);
    if (disk.fault === "none") disk.replace(path, bytes, () => completion.complete());
    else process.context.simulation.after(0, () => completion.complete());
  }

  rename(from: string, to: string): void {
    if (!this.process.alive) return;
    this.process.beforeFileOperation("rename", from);
    this.disk.rename(from, to);
  }

  remove(path: string): void {
    if (!this.process.alive) return;
    this.process.beforeFileOperation("remove", path);
    this.disk.remove(path);
  }
}

class SimulatedFile implements StorageFile {
  readonly path: string;
  private readonly entry: FileEntry;
  private readonly process: Process;
  private readonly disk: Disk;

  constructor(path: string, entry: FileEntry, process: Process, disk: Disk) {
    this.path = path;
    this.entry = entry;
    this.process = process;
    this.disk = disk;
  }

  get sizeBytes(): number {
    return this.entry.content.sizeBytes;
  }

  append(bytes: Uint8Array): StorageResult {
    const { process, disk } = this;
    if (!process.alive) return "io-error";
    assert(!this.entry.removed, "a file that is appended to was neither removed nor renamed");
    if (disk.fault !== "none") return "io-error";
    process.beforeFileOperation("append", this.path);
    chargeAppend(process, disk, bytes.length);
    mixBytes(process, bytes);
    this.entry.content.append(bytes, process.context.simulation.nowUs());
    return "ok";
  }

  read(positionBytes: number, lengthBytes: number): Uint8Array {
    assert(!this.entry.removed, "a file that is read was neither removed nor renamed");
    const bytes = this.entry.content.read(positionBytes, lengthBytes);
    const { costs } = this.process;
    this.process.chargeNs(costs.readNs + perKibNs(costs.readPerKibNs, bytes.length));
    return bytes;
  }

  truncate(sizeBytes: number): void {
    if (!this.process.alive) return;
    assert(!this.entry.removed, "a file that is truncated was neither removed nor renamed");
    assert(sizeBytes >= 0, "a file is not truncated below zero");
    this.process.beforeFileOperation("truncate", this.path);
    this.entry.content.truncate(sizeBytes);
  }

  flush(onFlushed: (result: StorageResult) => void): void {
    if (!this.process.alive) return;
    const completion = new FlushCompletion(this.process, this.disk, this.path, false, onFlushed);
    this.disk.startFlush(this.entry, () => completion.complete());
  }
}

/** Tells a process that its flush is over. */
class FlushCompletion implements Task {
  private readonly process: Process;
  private readonly disk: Disk;
  private readonly path: string;
  private readonly needsSpace: boolean;
  private readonly onDone: ((result: StorageResult) => void) | undefined;
  private readonly requestedBy: number;
  private result: StorageResult = "ok";

  constructor(
    process: Process,
    disk: Disk,
    path: string,
    needsSpace: boolean,
    onDone: ((result: StorageResult) => void) | undefined,
  ) {
    this.process = process;
    this.disk = disk;
    this.path = path;
    this.needsSpace = needsSpace;
    this.onDone = onDone;
    this.requestedBy = process.context.recorder.cause;
  }

  /** A full disk still flushes what it holds; a failed one, or a full one asked to replace a file, does not. */
  complete(): void {
    const { fault } = this.disk;
    this.result = fault === "failed" || (fault === "full" && this.needsSpace) ? "io-error" : "ok";
    if (this.process.alive) this.process.offer(this);
  }

  run(): void {
    const { process, disk, path } = this;
    const { simulation, recorder, digest } = process.context;
    digest.mixEvent(simulation.nowUs(), TaskCode.FLUSH, process.nodeId, path.length, this.result === "ok" ? 0 : 1);
    if (recorder.wants("disk.flushed")) {
      const durableBytes = disk.find(path)?.content.durableBytes ?? 0;
      const event = { type: "disk.flushed", path, durableBytes } as const;
      recorder.cause = recorder.emitCausedBy(this.requestedBy, process.nodeId, event);
    } else recorder.cause = recorder.pass();
    process.chargeNs(process.costs.flushCompletionNs);
    this.onDone?.(this.result);
  }

  drop(): void {}
}

function chargeAppend(process: Process, disk: Disk, lengthBytes: number): void {
  const { costs } = process;
  process.chargeNs((costs.appendNs + perKibNs(costs.appendPerKibNs, lengthBytes)) * disk.slowFactor);
}

/** Mixes what is written into the digest: its length, and the CRC where a record batch has it (bytes 17 to 20). */
function mixBytes(process: Process, bytes: Uint8Array): void {
  const { length } = bytes;
  const { digest } = process.context;
  digest.mix(length);
  const at = length >= 21 ? 17 : Math.max(0, length - 4);
  let word = 0;
  for (let index = at; index < at + 4 && index < length; index++) word = (word << 8) | bytes[index]!;
  digest.mix(word);
}
