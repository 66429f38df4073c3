// The disk of a fake environment: files in memory that outlive the process and know what a power loss would take.

import type { Storage, StorageFile, StorageResult } from "../../../core/environment.js";

interface StoredFile {
  bytes: Uint8Array;
  /** Bytes that survive a power loss. A replaced file that is not durable yet also remembers what it replaced. */
  durableBytes: number;
  replaced: StoredFile | undefined;
  /** Written by `replace` and not durable yet: after a power loss it is whole or not there at all. */
  atomic: boolean;
}

/** Files of one machine. It outlives environments: hand the same disk to the next one to restart a node. */
export class FakeDisk implements Storage {
  private readonly files = new Map<string, StoredFile>();
  private pending: (() => void)[] = [];
  /** "io-error" makes every append and flush from now on fail, as a full or broken disk does. */
  mode: StorageResult = "ok";
  flushCount = 0;

  open(path: string): FakeFile {
    if (!this.files.has(path)) {
      this.files.set(path, { bytes: new Uint8Array(0), durableBytes: 0, replaced: undefined, atomic: false });
    }
    return new FakeFile(this, path);
  }

  exists(path: string): boolean {
    return this.files.has(path);
  }

  list(directory: string): readonly string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(`${directory}/`)).sort();
  }

  replace(path: string, bytes: Uint8Array, onDurable?: (result: StorageResult) => void): void {
    const file: StoredFile = { bytes: bytes.slice(), durableBytes: 0, replaced: this.files.get(path), atomic: true };
    this.files.set(path, file);
    this.later(() => {
      if (this.mode === "ok") {
        file.durableBytes = file.bytes.length;
        file.replaced = undefined;
        file.atomic = false;
      }
      onDurable?.(this.mode);
    });
  }

  rename(from: string, to: string): void {
    const file = this.files.get(from);
    if (file === undefined) throw new Error(`rename of an absent file: ${from}`);
    this.files.delete(from);
    this.files.set(to, file);
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  /** Process crash: the page cache survives; only callbacks are lost. */
  crash(): void {
    this.pending = [];
  }

  /**
   * Power loss: each file keeps its durable bytes and as much of its unflushed tail as `keepTail` says
   * (default: none). A replacement that was not durable goes back to what it replaced.
   */
  powerLoss(keepTail: (path: string, unflushedBytes: number) => number = () => 0): void {
    this.pending = [];
    for (const [path, file] of this.files) {
      let survivor = file;
      while (survivor.replaced !== undefined) survivor = survivor.replaced;
      if (survivor.atomic) {
        this.files.delete(path);
        continue;
      }
      const unflushed = survivor.bytes.length - survivor.durableBytes;
      survivor.bytes = survivor.bytes.slice(0, survivor.durableBytes + Math.min(unflushed, keepTail(path, unflushed)));
      survivor.durableBytes = survivor.bytes.length;
      this.files.set(path, survivor);
    }
  }

  /** The bytes of a file as they are now; empty if absent. */
  contents(path: string): Uint8Array {
    return this.files.get(path)?.bytes ?? new Uint8Array(0);
  }

  /** Overwrites a file behind the node's back (bit rot, torn writes). */
  overwrite(path: string, bytes: Uint8Array): void {
    this.files.set(path, { bytes, durableBytes: bytes.length, replaced: undefined, atomic: false });
  }

  /** Copies the disk: one history, several endings. */
  clone(): FakeDisk {
    const copy = new FakeDisk();
    for (const [path, file] of this.files) copy.files.set(path, { ...file, bytes: file.bytes.slice() });
    return copy;
  }

  completePending(): void {
    while (this.pending.length > 0) {
      const due = this.pending;
      this.pending = [];
      for (const run of due) run();
    }
  }

  later(run: () => void): void {
    this.pending.push(run);
  }

  stored(path: string): StoredFile {
    const file = this.files.get(path);
    if (file === undefined) throw new Error(`use of a file that was renamed or removed: ${path}`);
    return file;
  }
}

export class FakeFile implements StorageFile {
  readonly path: string;
  private readonly disk: FakeDisk;

  constructor(disk: FakeDisk, path: string) {
    this.disk = disk;
    this.path = path;
  }

  get sizeBytes(): number {
    return this.disk.stored(this.path).bytes.length;
  }

  append(bytes: Uint8Array): StorageResult {
    if (this.disk.mode !== "ok") return "io-error";
    const file = this.disk.stored(this.path);
    const grown = new Uint8Array(file.bytes.length + bytes.length);
    grown.set(file.bytes);
    grown.set(bytes, file.bytes.length);
    file.bytes = grown;
    return "ok";
  }

  read(positionBytes: number, lengthBytes: number): Uint8Array {
    return this.disk.stored(this.path).bytes.subarray(positionBytes, positionBytes + lengthBytes);
  }

  truncate(sizeBytes: number): void {
    const file = this.disk.stored(this.path);
    file.bytes = file.bytes.slice(0, sizeBytes);
    file.durableBytes = Math.min(file.durableBytes, sizeBytes);
  }

  flush(onFlushed: (result: StorageResult) => void): void {
    this.disk.flushCount += 1;
    const file = this.disk.stored(this.path);
    const flushedBytes = file.bytes.length;
    this.disk.later(() => {
      if (this.disk.mode === "ok") {
        file.durableBytes = Math.max(file.durableBytes, Math.min(flushedBytes, file.bytes.length));
        file.replaced = undefined;
        file.atomic = false;
      }
      onFlushed(this.disk.mode);
    });
  }
}
