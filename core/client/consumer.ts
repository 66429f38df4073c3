// Consumer: reads records in order, partition by partition, and remembers how far it came.
// `poll` is where the application and the consumer meet: it hands records over, proves to the group that the
// application is alive, commits what earlier polls returned, and is the only place where a rebalance begins.
// Everything between polls (fetches, heartbeats, answers) goes on by itself.

import type { ConsumerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import { NO_EPOCH, type Offset, type TopicPartition, type TopicPartitionKey, topicPartitionKey } from "../types.js";
import { AutoCommit } from "./auto-commit.js";
import { ClientMetadata } from "./client-metadata.js";
import { type ClientNetwork, createClientNetwork } from "./client-network.js";
import type { CommitResult, ConsumedRecord, ConsumerError, PartitionOffset } from "./consumer-record.js";
import { traceAssignment, traceDelivered } from "./consumer-trace.js";
import { CoordinatorLink } from "./coordinator-link.js";
import { Fetcher } from "./fetcher.js";
import { GroupMembership } from "./group-membership.js";
import { type CommitIdentity, type CommittedResult, OffsetCommits } from "./offset-commits.js";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, OffsetLookup } from "./offset-lookup.js";
import { PositionResolver } from "./position-resolver.js";
import { type AssignedPartition, type ResetStrategy, SubscriptionState } from "./subscription-state.js";

/** Told about changes of the assignment, as Kafka's ConsumerRebalanceListener. */
export interface RebalanceListener {
  readonly onAssigned?: (partitions: readonly TopicPartition[]) => void;
  /** Given up in good order: a last commit is still possible here and was made if auto commit is on. */
  readonly onRevoked?: (partitions: readonly TopicPartition[]) => void;
  /** Gone already: somebody else may have them. Do not commit. */
  readonly onLost?: (partitions: readonly TopicPartition[]) => void;
}

/** An offset of a log end; undefined if it could not be learned in time. */
export type OffsetsCallback = (offsets: ReadonlyMap<TopicPartitionKey, Offset | undefined>) => void;

/** `default.api.timeout.ms` of Kafka's consumer. */
const API_TIMEOUT_MS = 60_000;
/** How long Kafka's `close()` without a time-out may take. */
const CLOSE_TIMEOUT_MS = 30_000;
const STANDALONE: CommitIdentity = { generationId: -1, memberId: "", groupInstanceId: null };

export class Consumer {
  /** Called (outside of poll) when a poll would return records or begin a rebalance. */
  onRecordsAvailable: (() => void) | undefined;
  /** Called with what Kafka's poll would throw. */
  onError: ((error: ConsumerError) => void) | undefined;
  private readonly env: Environment;
  private readonly config: ConsumerConfig;
  private readonly groupId: string;
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly subscription = new SubscriptionState();
  private readonly lookup: OffsetLookup;
  private readonly fetcher: Fetcher;
  private readonly resolver: PositionResolver;
  private readonly link: CoordinatorLink | undefined;
  private readonly commits: OffsetCommits | undefined;
  private readonly autoCommit: AutoCommit | undefined;
  private readonly membership: GroupMembership | undefined;
  private readonly hintTimer: Timer;
  private listener: RebalanceListener = {};
  private readonly commitsTooSoon: boolean;
  private isClosed = false;

  /** @param network for tests; left out: connections over `env.network` */
  constructor(env: Environment, config: ConsumerConfig, network?: ClientNetwork) {
    this.env = env;
    this.config = config;
    this.groupId = config["group.id"];
    this.commitsTooSoon = env.bugs["commit-what-was-just-returned"];
    this.network = network ?? createClientNetwork(env, config);
    this.metadata = new ClientMetadata(env, this.network, config, config["allow.auto.create.topics"]);
    this.hintTimer = env.timers.create("poll-hint", () => this.hint());
    this.metadata.onUpdate(() => this.onMetadataUpdate());
    const isolationLevel = config["isolation.level"] === "read_committed" ? 1 : 0;
    this.lookup = new OffsetLookup(env, this.network, this.metadata, config, isolationLevel);
    const onError = (error: ConsumerError): void => this.onError?.(error);
    this.fetcher = new Fetcher(env, this.network, this.metadata, this.subscription, config, {
      onData: () => this.hint(),
      onNeedsReset: () => this.resolver.advance(),
      onError,
    });
    if (this.groupId !== "") {
      const onFatal = (error: ErrorCode): void => onError({ name: "Group", error });
      this.link = new CoordinatorLink(
        env,
        this.network,
        this.metadata,
        config,
        this.groupId,
        () => this.onFound(),
        onFatal,
      );
      this.membership = this.createMembership(this.link, onFatal);
      const identity = (): CommitIdentity | ErrorCode =>
        this.subscription.mode === "group" && this.membership !== undefined
          ? this.membership.commitIdentity
          : STANDALONE;
      this.commits = new OffsetCommits(env, this.link, config, identity, (error, who) =>
        this.membership?.handleCommitError(error, who),
      );
      this.autoCommit = new AutoCommit(env, config, this.link, this.commits, () => this.positions());
    }
    const { metadata, subscription, lookup, commits } = this;
    this.resolver = new PositionResolver(env, this.network, metadata, subscription, config, lookup, commits, {
      onResolved: () => this.fetcher.sendFetches(),
      onError,
    });
    this.metadata.start();
  }

  /** What the group or the application assigned, by topic and partition. */
  get assignment(): readonly TopicPartition[] {
    return this.subscription.assigned.map(({ topic, partition }) => ({ topic, partition }));
  }

  /** Generation and member id; −1 and "" outside of a group. */
  get groupMetadata(): { readonly groupId: string; readonly generationId: number; readonly memberId: string } {
    const { generationId, memberId } = this.membership ?? STANDALONE;
    return { groupId: this.groupId, generationId, memberId };
  }

  /** Joins the group for `topics`, at the next poll. Needs `group.id`. */
  subscribe(topics: readonly string[], listener: RebalanceListener = {}): void {
    this.subscription.mode = "group";
    this.subscription.topics = [...new Set(topics)].sort();
    this.listener = listener;
    this.membership?.subscribe(this.subscription.topics);
    this.link?.ensure();
  }

  /** Reads exactly these partitions, without a group deciding about it. */
  assign(partitions: readonly TopicPartition[]): void {
    // No rebalance follows that would commit what is given up here.
    this.autoCommit?.maybeCommit();
    this.subscription.mode = "manual";
    this.subscription.assign(partitions);
    for (const { topic } of partitions) this.metadata.addTopic(topic);
    this.link?.ensure();
    this.afterAssignment();
  }

  /** Leaves the group and forgets the assignment. */
  unsubscribe(): void {
    if (this.subscription.mode === "group") {
      this.takeAwayAtLeave();
      this.membership?.leave(() => {});
    }
    this.subscription.mode = "none";
    this.subscription.topics = [];
    this.subscription.assign([]);
    this.fetcher.dropStale();
  }

  /** Hands over up to `max.poll.records` records that were fetched meanwhile; maybe none. */
  poll(): readonly ConsumedRecord[] {
    if (this.isClosed) return [];
    const { buggify } = this.env;
    if (this.subscription.mode === "group") this.membership?.poll(buggify.strikes("asked-rebalance"));
    if (!this.commitsTooSoon) this.maybeAutoCommit();
    const maxRecords = buggify.strikes("poll-of-one") ? 1 : this.config["max.poll.records"];
    const records = this.fetcher.take(maxRecords);
    if (this.commitsTooSoon) this.maybeAutoCommit();
    traceDelivered(this.env, this.groupId, records);
    this.resolver.advance();
    this.fetcher.sendFetches();
    if (this.fetcher.hasRecords) this.hintTimer.arm(0);
    return records;
  }

  /**
   * Commits `offsets` (left out: the positions of everything assigned), repeating retriable failures for a minute as
   * `commitSync` does; not once another commit was begun, which a repetition could undo.
   */
  commit(offsets?: readonly PartitionOffset[], onDone: (result: CommitResult) => void = () => {}): void {
    this.commitWithin(API_TIMEOUT_MS, offsets, onDone);
  }

  /** Commits with a single attempt, as `commitAsync`. */
  commitAsync(offsets?: readonly PartitionOffset[], onDone: (result: CommitResult) => void = () => {}): void {
    this.commitWithin(0, offsets, onDone);
  }

  /** Next offset to be handed over; undefined until it is known, and while a new leader has to prove it. */
  position({ topic, partition }: TopicPartition): Offset | undefined {
    const assigned = this.subscription.get(topic, partition);
    return assigned !== undefined && assigned.hasValidPosition ? assigned.offset : undefined;
  }

  seek({ topic, partition }: TopicPartition, offset: Offset): void {
    const assigned = this.subscription.get(topic, partition);
    if (assigned === undefined) return;
    const from = assigned.offset;
    assigned.seekUnvalidated(offset, -1, -1);
    if (this.env.trace.enabled) {
      const { groupId: group } = this;
      const reason = "seek";
      this.env.trace.emit({ type: "consumer.position-reset", group, topic, partition, from, to: offset, reason });
    }
    this.afterAssignment();
  }

  /** The offset is looked up later; `position` is undefined meanwhile. No partitions given: all assigned. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): void {
    this.seekTo(partitions, "earliest");
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): void {
    this.seekTo(partitions, "latest");
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.setPaused(this.subscription.get(topic, partition), true);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.setPaused(this.subscription.get(topic, partition), false);
    this.fetcher.sendFetches();
    if (this.fetcher.hasRecords) this.hintTimer.arm(0);
  }

  /** What the group committed for `partitions`. */
  committed(partitions: readonly TopicPartition[], onDone: (result: CommittedResult) => void): void {
    if (this.commits === undefined) return onDone({ ok: false, error: Errors.INVALID_GROUP_ID });
    this.commits.fetchCommitted(partitions, API_TIMEOUT_MS, (result) => {
      for (const { topic, partition } of result.ok ? partitions : []) {
        const found = result.ok ? result.offsets.get(topicPartitionKey(topic, partition)) : undefined;
        if (found !== undefined) this.metadata.noteLeaderEpoch(topic, partition, found.leaderEpoch);
      }
      onDone(result);
    });
  }

  /** Offsets behind the last readable record. */
  endOffsets(partitions: readonly TopicPartition[], onDone: OffsetsCallback): void {
    this.lookUp(partitions, LATEST_TIMESTAMP, onDone);
  }

  beginningOffsets(partitions: readonly TopicPartition[], onDone: OffsetsCallback): void {
    this.lookUp(partitions, EARLIEST_TIMESTAMP, onDone);
  }

  /** Commits (if auto commit is on), leaves the group and closes the connections. */
  close(onClosed: () => void = () => {}): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const leave = (): void => {
      if (this.subscription.mode === "group") this.takeAwayAtLeave();
      this.subscription.assign([]);
      this.fetcher.close();
      if (this.membership !== undefined && this.subscription.mode === "group") {
        this.membership.leave(() => this.shut(onClosed));
      } else {
        this.shut(onClosed);
      }
    };
    // Even if the coordinator is unknown for the moment: what is not committed would be read again.
    if (this.autoCommit === undefined) leave();
    else this.autoCommit.commitWithin(Math.min(CLOSE_TIMEOUT_MS, this.config["request.timeout.ms"]), leave);
  }

  private createMembership(link: CoordinatorLink, onFatal: (error: ErrorCode) => void): GroupMembership {
    return new GroupMembership(this.env, this.config, link, this.metadata, {
      beforeRevoke: (done) => {
        this.subscription.markPendingRevocation();
        if (this.autoCommit === undefined) done();
        else this.autoCommit.commitWithin(this.config["max.poll.interval.ms"], done);
      },
      onRevoked: () => this.takeAway("consumer.revoked"),
      onLost: () => this.takeAway("consumer.lost"),
      onAssigned: (partitions) => this.onAssigned(partitions),
      onPollNeeded: () => this.hintTimer.arm(0),
      onFatal,
    });
  }

  private onAssigned(partitions: readonly TopicPartition[]): void {
    this.subscription.assign(partitions);
    this.autoCommit?.restart();
    traceAssignment(this.env, "consumer.assigned", this.groupMetadata, partitions);
    this.listener.onAssigned?.(partitions);
    this.afterAssignment();
  }

  private takeAway(type: "consumer.revoked" | "consumer.lost"): void {
    const partitions = this.assignment;
    this.subscription.markPendingRevocation();
    if (partitions.length > 0) {
      traceAssignment(this.env, type, this.groupMetadata, partitions);
      if (type === "consumer.revoked") this.listener.onRevoked?.(partitions);
      else this.listener.onLost?.(partitions);
    }
    this.subscription.assign([]);
    this.fetcher.dropStale();
  }

  private takeAwayAtLeave(): void {
    this.takeAway(this.membership?.isMember === true ? "consumer.revoked" : "consumer.lost");
  }

  private afterAssignment(): void {
    this.subscription.maybeValidatePositions(this.metadata);
    this.fetcher.dropStale();
    this.resolver.schedule();
    this.fetcher.sendFetches();
  }

  private onMetadataUpdate(): void {
    if (this.isClosed) return;
    this.subscription.maybeValidatePositions(this.metadata);
    this.fetcher.dropStale();
    this.link?.ensure();
    if (this.subscription.mode === "group") this.membership?.onMetadataUpdate();
    this.resolver.advance();
    this.fetcher.sendFetches();
  }

  private onFound(): void {
    this.commits?.onCoordinatorFound();
    if (this.isClosed) return;
    if (this.subscription.mode === "group") this.membership?.onCoordinatorFound();
  }

  private hint(): void {
    if (this.isClosed) return;
    const hasReason = this.fetcher.hasRecords || this.membership?.needsPoll === true;
    if (hasReason) this.onRecordsAvailable?.();
  }

  private maybeAutoCommit(): void {
    // Kafka's poll ends before its automatic commit until the member is back in the group (ConsumerCoordinator.poll):
    // one begun now would take the place of the commit that precedes revocation.
    if (this.subscription.mode === "group" && this.membership?.isRejoining === true) return;
    this.autoCommit?.maybeCommit();
  }

  /** What a commit without offsets commits. */
  private positions(): PartitionOffset[] {
    const valid = this.subscription.assigned.filter(({ hasValidPosition }) => hasValidPosition);
    return valid.map(({ topic, partition, offset, offsetEpoch: leaderEpoch }) => {
      return { topic, partition, offset, leaderEpoch };
    });
  }

  private commitWithin(
    timeoutMs: number,
    offsets: readonly PartitionOffset[] | undefined,
    onDone: (result: CommitResult) => void,
  ): void {
    if (this.commits === undefined) return onDone({ ok: false, error: Errors.INVALID_GROUP_ID });
    const positions = offsets ?? this.positions();
    for (const { topic, partition, leaderEpoch } of positions)
      this.metadata.noteLeaderEpoch(topic, partition, leaderEpoch ?? NO_EPOCH);
    this.commits.commit(positions, timeoutMs, onDone);
  }

  private seekTo(partitions: readonly TopicPartition[], strategy: ResetStrategy): void {
    for (const { topic, partition } of partitions) this.subscription.get(topic, partition)?.requestReset(strategy);
    this.afterAssignment();
  }

  private setPaused(partition: AssignedPartition | undefined, isPaused: boolean): void {
    if (partition !== undefined) partition.isPaused = isPaused;
  }

  private lookUp(partitions: readonly TopicPartition[], timestamp: number, onDone: OffsetsCallback): void {
    const offsets = new Map<TopicPartitionKey, Offset | undefined>();
    const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
    if (queries.length === 0) onDone(offsets);
    this.lookup.lookup(queries, API_TIMEOUT_MS, ({ topic, partition, error, offset }) => {
      offsets.set(topicPartitionKey(topic, partition), error === Errors.NONE ? offset : undefined);
      // Told as it arrives: the others may take long, and by then it would be old news.
      if (timestamp === LATEST_TIMESTAMP && error === Errors.NONE && this.env.trace.enabled)
        this.env.trace.emit({ type: "consumer.end-offset", topic, partition, endOffset: offset });
      if (offsets.size === queries.length) onDone(offsets);
    });
  }

  private shut(onClosed: () => void): void {
    this.hintTimer.cancel();
    this.link?.close();
    this.commits?.close();
    this.resolver.close();
    this.metadata.close();
    this.network.close();
    onClosed();
  }
}
