// Wanted topics: what a client asks metadata of.
// A producer forgets a topic that it has not used for `metadata.max.idle.ms`, and asks for a new one alone, so that one
// topic more does not pull the metadata of a thousand. Consumers say themselves what they want, and ask for all of it.

/** Sorted, so that requests do not depend on who asked first. */
function sorted(topics: Iterable<string>): string[] {
  return [...topics].sort();
}

export class WantedTopics {
  /** Monotonic ms at which each is forgotten unless it is used again. */
  private readonly expiryMs = new Map<string, number>();
  /** Those no answer has told of. */
  private readonly fresh = new Set<string>();
  private readonly maxIdleMs: number;

  /** @param maxIdleMs infinite if topics are wanted until somebody says otherwise */
  constructor(maxIdleMs: number) {
    this.maxIdleMs = maxIdleMs;
  }

  get hasNew(): boolean {
    return this.fresh.size > 0;
  }

  has(topic: string): boolean {
    return this.expiryMs.has(topic);
  }

  isNew(topic: string): boolean {
    return this.fresh.has(topic);
  }

  names(): string[] {
    return sorted(this.expiryMs.keys());
  }

  newNames(): string[] {
    return sorted(this.fresh);
  }

  /** @returns true if it was not wanted before */
  use(topic: string, nowMs: number): boolean {
    const isNew = !this.expiryMs.has(topic);
    this.expiryMs.set(topic, nowMs + this.maxIdleMs);
    if (isNew) this.fresh.add(topic);
    return isNew;
  }

  /** Wants no others. */
  keepOnly(topics: ReadonlySet<string>): void {
    for (const topic of this.expiryMs.keys()) if (!topics.has(topic)) this.forget(topic);
  }

  /** Those that are new stay: whoever wants them is still waiting. */
  forgetIdle(nowMs: number): void {
    for (const [topic, expiryMs] of this.expiryMs) {
      if (expiryMs <= nowMs && !this.fresh.has(topic)) this.forget(topic);
    }
  }

  answered(topics: readonly string[]): void {
    for (const topic of topics) this.fresh.delete(topic);
  }

  private forget(topic: string): void {
    this.expiryMs.delete(topic);
    this.fresh.delete(topic);
  }
}
