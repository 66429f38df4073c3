// File table: the names of a disk and what they stand for, with the names of each directory kept together and in order.
// A broker that starts lists every partition's directory several times: looking through all names for each would make
// a restart as slow as the number of partitions times the number of files.

import { compareStrings } from "../../core/types.js";

/** The names in one directory; sorted when somebody asks. */
class Directory {
  readonly paths = new Set<string>();
  #sorted: readonly string[] | undefined;

  add(path: string): void {
    this.paths.add(path);
    this.#sorted = undefined;
  }

  delete(path: string): void {
    this.paths.delete(path);
    this.#sorted = undefined;
  }

  get sorted(): readonly string[] {
    return (this.#sorted ??= [...this.paths].sort(compareStrings));
  }
}

export class FileTable<Entry> {
  readonly #entries = new Map<string, Entry>();
  /** By what a path has before its last "/", that included. */
  readonly #directories = new Map<string, Directory>();

  get(path: string): Entry | undefined {
    return this.#entries.get(path);
  }

  set(path: string, entry: Entry): void {
    if (!this.#entries.has(path)) {
      const name = directoryOf(path);
      let directory = this.#directories.get(name);
      if (directory === undefined) this.#directories.set(name, (directory = new Directory()));
      directory.add(path);
    }
    this.#entries.set(path, entry);
  }

  delete(path: string): void {
    if (this.#entries.delete(path)) this.#directories.get(directoryOf(path))?.delete(path);
  }

  clear(): void {
    this.#entries.clear();
    this.#directories.clear();
  }

  /** In no particular order. */
  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** The paths below `directory` ("" or ending in "/"), at any depth, sorted by code unit. */
  list(directory: string): readonly string[] {
    const below: Directory[] = [];
    for (const [name, each] of this.#directories) if (name.startsWith(directory)) below.push(each);
    if (below.length === 1) return below[0]!.sorted;
    return below.flatMap(({ paths }) => [...paths]).sort(compareStrings);
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
