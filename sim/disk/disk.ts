// Disk: the files of one machine, which outlive its processes.
// A process crash keeps everything; a power loss keeps what was durable and a random prefix of the rest, and may tear
// the last write. Creating, renaming and removing take effect in order and at once; replacing is durable only after
// its flush, and a power loss before that may bring the old content back. Faults are set here; nodes see results.

import { assertDefined } from "../../core/assert.js";
import type { NodeId } from "../../core/types.js";
import type { EventKind, Simulation } from "../kernel/simulation.js";
import type { RandomStream } from "../kernel/random.js";
import { FileContent } from "./file-content.js";
import { FileTable } from "./file-table.js";

/** How long a flush occupies the disk, in whole microseconds. */
export interface DiskCosts {
  readonly flushUs: number;
  readonly flushPerMibUs: number;
}

/** An ordinary solid-state disk: half a millisecond a flush, about 500 MiB/s. */
export const DEFAULT_DISK_COSTS: DiskCosts = { flushUs: 500, flushPerMibUs: 2_000 };

/** A name in the file system and what it stands for. Handles hold the entry, so a replace shows through them. */
export interface FileEntry {
  path: string;
  content: FileContent;
  /** What a power loss may bring back until the latest replace is durable; `absent` if there was no file. */
  replaced: FileContent | "absent" | undefined;
  removed: boolean;
  /** Where a rename took the content. */
  movedTo: FileEntry | undefined;
}

/** A flush under way. */
export interface FlushJob {
  readonly disk: Disk;
  readonly entry: FileEntry;
  readonly content: FileContent;
  readonly cover: { upToBytes: number };
  readonly incarnation: number;
  readonly onDone: () => void;
}

/** Bytes of one file that a power loss, a wipe or bit rot took. */
export interface DiskDamage {
  readonly path: string;
  readonly lostBytes: number;
}

export class Disk {
  readonly nodeId: NodeId;
  /** Writes fail: "full" refuses growth, "failed" (EIO) refuses growth and flushes. */
  fault: "none" | "full" | "failed" = "none";
  /** A slow disk: everything takes `slowFactor` times as long, each flush `slowExtraUs` more. */
  slowFactor = 1;
  slowExtraUs = 0;

  private readonly simulation: Simulation;
  private readonly random: RandomStream;
  private readonly costs: DiskCosts;
  private readonly flushed: EventKind<FlushJob>;
  private readonly entries = new FileTable<FileEntry>();
  private busyUntilUs = 0;
  private incarnation = 0;

  constructor(
    nodeId: NodeId,
    simulation: Simulation,
    random: RandomStream,
    flushed: EventKind<FlushJob>,
    costs: DiskCosts,
  ) {
    this.nodeId = nodeId;
    this.simulation = simulation;
    this.random = random;
    this.flushed = flushed;
    this.costs = costs;
  }

  /** All paths, or those below `directory` (ending in "/"), sorted by code unit. */
  paths(directory = ""): readonly string[] {
    return this.entries.list(directory);
  }

  find(path: string): FileEntry | undefined {
    return this.entries.get(path);
  }

  /** The whole file as the page cache has it, or undefined: for checkers, whether or not the machine is up. */
  readFile(path: string): Uint8Array | undefined {
    const content = this.entries.get(path)?.content;
    return content?.read(0, content.sizeBytes);
  }

  open(path: string): FileEntry {
    let entry = this.entries.get(path);
    if (entry === undefined) {
      entry = { path, content: new FileContent(), replaced: undefined, removed: false, movedTo: undefined };
      this.entries.set(path, entry);
    }
    return entry;
  }

  /** Puts new content in place of the old and starts its flush. */
  replace(path: string, bytes: Uint8Array, onDone: () => void): void {
    const existing = this.entries.get(path);
    const entry = existing ?? this.open(path);
    entry.replaced ??= existing?.content ?? "absent";
    entry.content = new FileContent();
    entry.content.append(bytes, this.simulation.nowUs());
    this.startFlush(entry, onDone);
  }

  rename(from: string, to: string): void {
    const entry = assertDefined(this.entries.get(from), "a renamed file exists");
    if (from === to) return;
    this.remove(to);
    this.entries.delete(from);
    // Handles of the old path hold the old entry object, which is dead from now on.
    entry.movedTo = { ...entry, path: to };
    entry.removed = true;
    this.entries.set(to, entry.movedTo);
  }

  remove(path: string): void {
    const entry = this.entries.get(path);
    if (entry === undefined) return;
    entry.removed = true;
    this.entries.delete(path);
  }

  /** Queues a flush of what the file holds now; the kernel event leads to `completeFlush`. */
  startFlush(entry: FileEntry, onDone: () => void): void {
    const { content } = entry;
    const dirtyBytes = content.sizeBytes - content.durableBytes;
    const perByteUs = Math.ceil((dirtyBytes * this.costs.flushPerMibUs) / 1_048_576);
    const durationUs = (this.costs.flushUs + perByteUs) * this.slowFactor + this.slowExtraUs;
    this.busyUntilUs = Math.max(this.busyUntilUs, this.simulation.nowUs()) + durationUs;
    const cover = { upToBytes: content.sizeBytes };
    content.flushes.push(cover);
    const job: FlushJob = { disk: this, entry, content, cover, incarnation: this.incarnation, onDone };
    this.simulation.schedule(this.busyUntilUs, this.flushed, job);
  }

  /** The flush's time is over: what it covered is durable, unless power was lost meanwhile or the disk fails. */
  completeFlush(job: FlushJob): void {
    if (job.incarnation !== this.incarnation) return;
    const { content, cover } = job;
    content.flushes.splice(content.flushes.indexOf(cover), 1);
    if (this.fault !== "failed") {
      content.durableBytes = Math.max(content.durableBytes, cover.upToBytes);
      let { entry } = job;
      while (entry.movedTo !== undefined) entry = entry.movedTo;
      // An earlier replace became durable while a later one is under way: that is what would come back.
      if (entry.replaced !== undefined) entry.replaced = entry.content === content ? undefined : content;
    }
    job.onDone();
  }

  /** Power is gone: unflushed bytes are lost down to a random prefix. Returns what was lost, sorted by path. */
  losePower(): readonly DiskDamage[] {
    this.incarnation++;
    this.busyUntilUs = 0;
    const damages: DiskDamage[] = [];
    for (const path of this.paths()) {
      const entry = assertDefined(this.entries.get(path), "a listed file exists");
      entry.content.flushes.length = 0;
      this.maybeUndoReplace(entry);
      if (entry.removed) continue;
      const lostBytes = this.loseTail(entry.content);
      if (lostBytes > 0) damages.push({ path, lostBytes });
    }
    return damages;
  }

  /** The disk is replaced by an empty one. Returns what was lost, sorted by path. */
  wipe(): readonly DiskDamage[] {
    this.incarnation++;
    this.busyUntilUs = 0;
    const damages = this.paths().map((path) => ({ path, lostBytes: this.find(path)?.content.sizeBytes ?? 0 }));
    for (const entry of this.entries.entries()) entry.removed = true;
    this.entries.clear();
    return damages;
  }

  /** Flips one bit of a file: bit rot. Undefined if there is no such byte. */
  corrupt(path: string | undefined, positionBytes: number | undefined): DiskDamage | undefined {
    const candidates = this.paths().filter((candidate) =>
      path === undefined ? candidate.endsWith(".log") && (this.find(candidate)?.content.sizeBytes ?? 0) > 0 : true,
    );
    const chosen = path ?? (candidates.length > 0 ? candidates[this.random.below(candidates.length)] : undefined);
    const content = chosen === undefined ? undefined : this.find(chosen)?.content;
    if (chosen === undefined || content === undefined || content.sizeBytes === 0) return undefined;
    const position = positionBytes ?? this.random.below(content.sizeBytes);
    if (position < 0 || position >= content.sizeBytes) return undefined;
    content.flipBit(position, this.random.below(8));
    return { path: chosen, lostBytes: 1 };
  }

  private maybeUndoReplace(entry: FileEntry): void {
    const { replaced } = entry;
    if (replaced === undefined) return;
    entry.replaced = undefined;
    // The rename may have reached the disk although nobody was told; it follows the flush, so then all bytes did.
    if (this.random.chance(1, 2)) {
      entry.content.durableBytes = entry.content.sizeBytes;
      return;
    }
    if (replaced === "absent") this.remove(entry.path);
    else entry.content = replaced;
  }

  /** Keeps the durable prefix and a random number of whole appends; the last one kept may be torn. */
  private loseTail(content: FileContent): number {
    content.settleWriteback(this.simulation.nowUs());
    if (content.durableBytes === content.sizeBytes) return 0;
    const ends = content.unflushedAppendEnds();
    const before = content.sizeBytes;
    const keptAppends = this.random.below(ends.length + 1);
    let keptBytes = keptAppends === 0 ? content.durableBytes : ends[keptAppends - 1]!;
    const torn = keptAppends < ends.length && this.random.chance(1, 2);
    if (torn) keptBytes += this.random.below(ends[keptAppends]! - keptBytes);
    const durableBefore = content.durableBytes;
    content.truncate(keptBytes);
    let garbledBytes = 0;
    if (torn && this.random.chance(1, 4)) {
      const tornFrom = keptAppends === 0 ? durableBefore : ends[keptAppends - 1]!;
      garbledBytes = Math.min(512, keptBytes - tornFrom);
      content.garbleTail(tornFrom, () => this.random.below(256));
    }
    content.durableBytes = content.sizeBytes;
    return before - content.sizeBytes + garbledBytes;
  }
}
