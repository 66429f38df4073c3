// Automatic commits (`enable.auto.commit`): what earlier polls returned counts as processed, and its positions are
// committed now and then: in a poll once `auto.commit.interval.ms` is over, and whenever partitions are given up.

import type { ConsumerConfig } from "../config/client-config.js";
import type { Environment } from "../environment.js";
import { isRetriable } from "../errors.js";
import type { PartitionOffset } from "./consumer-record.js";
import type { CoordinatorLink } from "./coordinator-link.js";
import type { OffsetCommits } from "./offset-commits.js";

export class AutoCommit {
  private readonly env: Environment;
  private readonly config: ConsumerConfig;
  private readonly link: CoordinatorLink;
  private readonly commits: OffsetCommits;
  private readonly positions: () => readonly PartitionOffset[];
  private nextMs = 0;

  /** @param positions what is to be committed now */
  constructor(
    env: Environment,
    config: ConsumerConfig,
    link: CoordinatorLink,
    commits: OffsetCommits,
    positions: () => readonly PartitionOffset[],
  ) {
    this.env = env;
    this.config = config;
    this.link = link;
    this.commits = commits;
    this.positions = positions;
    this.restart();
  }

  /** A whole interval begins: with the consumer, and with each assignment by the group. */
  restart(): void {
    this.nextMs = this.env.clock.monotonicMs() + this.config["auto.commit.interval.ms"];
  }

  /** Commits if the interval is over. */
  maybeCommit(): void {
    if (!this.config["enable.auto.commit"]) return;
    const nowMs = this.env.clock.monotonicMs();
    if (nowMs < this.nextMs) return;
    if (!this.link.isKnown) {
      this.nextMs = nowMs + this.config["retry.backoff.ms"];
      return;
    }
    this.restart();
    if (this.env.buggify.strikes("late-auto-commit")) return;
    this.commits.commit(this.positions(), 0, (result) => {
      // What failed for a passing reason is not left for a whole interval: so much would be read again after a crash.
      if (result.ok || !isRetriable(result.error)) return;
      this.nextMs = this.env.clock.monotonicMs() + this.config["retry.backoff.ms"];
    });
  }

  /** Commits before everything is given up, for `timeoutMs` at most, whatever comes of it. */
  commitWithin(timeoutMs: number, onDone: () => void): void {
    if (this.config["enable.auto.commit"]) this.commits.commit(this.positions(), timeoutMs, onDone);
    else onDone();
  }
}
