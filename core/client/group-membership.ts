// Group membership: a consumer's side of the classic rebalance protocol, eager form.
//
//   UNJOINED ──poll: revoke everything, JoinGroup──▶ PREPARING_REBALANCE ──answer: member id, generation, SyncGroup──▶
//   COMPLETING_REBALANCE ──answer: our share──▶ STABLE ──heartbeat says REBALANCE_IN_PROGRESS──▶ (next poll) as UNJOINED
//   any ──ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID──▶ UNJOINED: what we owned is lost, somebody else may have it
//   any ──max.poll.interval.ms without a poll──▶ LeaveGroup, UNJOINED
//   any ──FENCED_INSTANCE_ID and other refusals──▶ FATAL
//
// A rebalance begins only inside poll: an application that never polls must lose its partitions, not keep them.
// The first JoinGroup of a new member is answered MEMBER_ID_REQUIRED (KIP-394): it must come back with the id, so
// that members that gave up leave no ghosts behind. Static members (KIP-345) keep their share over a restart.

import type { ConsumerConfig } from "../config/client-config.js";
import { decodeAssignment } from "../coordinator/consumer-protocol.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { ResponseBody } from "../protocol/apis.js";
import { compareTopicPartitions, type TopicPartition } from "../types.js";
import { ExponentialBackoff } from "./backoff.js";
import type { ClientMetadata } from "./client-metadata.js";
import type { CoordinatorLink } from "./coordinator-link.js";
import { GroupLeader, type MemberAssignments } from "./group-leader.js";
import { joinGroupRequest, leaveGroupRequest, syncGroupRequest } from "./group-requests.js";
import { Heartbeats } from "./heartbeats.js";
import { type CommitIdentity, isCoordinatorGone } from "./offset-commits.js";

export type MemberState = "UNJOINED" | "PREPARING_REBALANCE" | "COMPLETING_REBALANCE" | "STABLE" | "FATAL";

export interface GroupMembershipHooks {
  /** Before JoinGroup: commit what was processed, then call `done`; the partitions are given up afterwards. */
  readonly beforeRevoke: (done: () => void) => void;
  /** Everything owned is given up in good order. */
  readonly onRevoked: () => void;
  /** Everything owned is gone already: do not commit. */
  readonly onLost: () => void;
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void;
  /** A poll would start a rebalance. */
  readonly onPollNeeded: () => void;
  readonly onFatal: (error: ErrorCode) => void;
}

const NO_GENERATION = -1;
/** A rebalance may take as long as the slowest member: the answer to JoinGroup is given this much longer. */
const JOIN_GROUP_TIMEOUT_LAPSE_MS = 5000;

export class GroupMembership {
  state: MemberState = "UNJOINED";
  generationId = NO_GENERATION;
  memberId = "";
  private readonly config: ConsumerConfig;
  private readonly link: CoordinatorLink;
  private readonly metadata: ClientMetadata;
  private readonly hooks: GroupMembershipHooks;
  private readonly groupId: string;
  private readonly instanceId: string | null;
  private readonly backoff: ExponentialBackoff;
  private readonly heartbeats: Heartbeats;
  private readonly leader: GroupLeader;
  private readonly keepsPartitions: boolean;
  private readonly pollTimer: Timer;
  private readonly joinTimer: Timer;
  private topics: readonly string[] = [];
  /** Topics of the last JoinGroup; undefined before the first. */
  private joinedTopics: readonly string[] | undefined;
  private isRejoinNeeded = true;
  /** Revocation before a join happens once, however often the join is repeated. */
  private isPrepared = false;
  private isPreparing = false;
  private ownsPartitions = false;
  private protocolName: string | null = null;
  private failures = 0;
  /** Tells answers of an earlier life of the membership from those of this one. */
  private epoch = 0;

  constructor(
    env: Environment,
    config: ConsumerConfig,
    link: CoordinatorLink,
    metadata: ClientMetadata,
    hooks: GroupMembershipHooks,
  ) {
    this.config = config;
    this.link = link;
    this.metadata = metadata;
    this.hooks = hooks;
    this.groupId = config["group.id"];
    this.instanceId = config["group.instance.id"] === "" ? null : config["group.instance.id"];
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
    this.keepsPartitions = env.bugs["join-without-revoking"];
    const onAnswer = (error: ErrorCode): void => this.handleHeartbeatAnswer(error);
    this.heartbeats = new Heartbeats(env, config, link, () => this.identity, onAnswer);
    this.leader = new GroupLeader(metadata, () => this.topics);
    this.pollTimer = env.timers.create("max-poll-interval", () => this.handlePollTimeout());
    this.joinTimer = env.timers.create("rejoin", () => this.maybeJoin());
  }

  /** Who commits now; an error code if a commit would be refused anyway. */
  get commitIdentity(): CommitIdentity | ErrorCode {
    if (this.state === "FATAL") return Errors.FENCED_INSTANCE_ID;
    if (this.generationId === NO_GENERATION) return Errors.UNKNOWN_MEMBER_ID;
    if (this.state !== "STABLE") return Errors.REBALANCE_IN_PROGRESS;
    return this.identity;
  }

  private get identity(): CommitIdentity {
    return { generationId: this.generationId, memberId: this.memberId, groupInstanceId: this.instanceId };
  }

  /** A rebalance is due or under way on this side; what was consumed is committed once, before it is given up. */
  get isRejoining(): boolean {
    return this.mustJoin || this.isPreparing || this.isJoining;
  }

  /** In a generation that nobody has ended yet: what is owned is ours to give up. */
  get isMember(): boolean {
    return this.generationId !== NO_GENERATION && this.memberId !== "" && !this.isJoining;
  }

  /** True if the next poll would begin a rebalance. */
  get needsPoll(): boolean {
    return this.mustJoin && !this.isPreparing && !this.isPrepared && this.topics.length > 0 && this.mayJoin;
  }

  /** @param topics sorted */
  subscribe(topics: readonly string[]): void {
    this.topics = topics;
    this.leader.watch();
    if (this.needsPoll) this.hooks.onPollNeeded();
  }

  /** The application polled: it is alive, and a rebalance may begin; it does if asked for (KIP-568). */
  poll(asksForRebalance = false): void {
    if (this.topics.length === 0 || this.state === "FATAL") return;
    this.pollTimer.arm(this.config["max.poll.interval.ms"]);
    if (asksForRebalance && this.state === "STABLE") this.isRejoinNeeded = true;
    this.maybeJoin();
  }

  /** The metadata changed: a leader whose assignment no longer covers it rebalances the group. */
  onMetadataUpdate(): void {
    this.leader.continue();
    if (this.state === "STABLE" && this.leader.isOutdated) this.isRejoinNeeded = true;
    if (this.needsPoll) this.hooks.onPollNeeded();
  }

  onCoordinatorFound(): void {
    if (this.isPrepared) this.maybeJoin();
    else if (this.needsPoll) this.hooks.onPollNeeded();
  }

  /** A commit was refused because the membership `identity` is over. */
  handleCommitError(error: ErrorCode, identity: CommitIdentity): void {
    const isCurrent = identity.generationId === this.generationId && identity.memberId === this.memberId;
    if (!isCurrent) return;
    if (error === Errors.FENCED_INSTANCE_ID) this.becomeFatal(error);
    else if (error === Errors.UNKNOWN_MEMBER_ID || error === Errors.ILLEGAL_GENERATION) this.resetGeneration(error);
    else if (error === Errors.REBALANCE_IN_PROGRESS) this.requestRejoin();
  }

  /** Leaves. Static members do not say so: they may be back before the session ends, and keep their share. */
  leave(onDone: () => void): void {
    this.heartbeats.stop();
    this.pollTimer.cancel();
    this.joinTimer.cancel();
    const mustTell = this.instanceId === null && this.memberId !== "" && this.state !== "FATAL" && this.link.isKnown;
    this.topics = [];
    if (mustTell) this.sendLeaveGroup("the consumer is being closed", onDone);
    this.forgetGeneration(true);
    this.state = "UNJOINED";
    if (!mustTell) onDone();
  }

  private get isJoining(): boolean {
    return this.state === "PREPARING_REBALANCE" || this.state === "COMPLETING_REBALANCE";
  }

  /** Subscribing anew to the topics the group knows of is no reason. */
  private get mustJoin(): boolean {
    const { topics, joinedTopics } = this;
    const isSame =
      topics.length === joinedTopics?.length && topics.every((topic, index) => topic === joinedTopics[index]);
    return this.isRejoinNeeded || !isSame;
  }

  private get mayJoin(): boolean {
    if (this.state === "FATAL" || !this.link.isKnown) return false;
    return this.topics.every((topic) => this.metadata.isAnswered(topic));
  }

  private requestRejoin(): void {
    this.isRejoinNeeded = true;
    if (this.needsPoll) this.hooks.onPollNeeded();
  }

  private maybeJoin(): void {
    if (!this.mustJoin || this.isPreparing || this.isJoining || this.joinTimer.armed) return;
    if (this.topics.length === 0 || this.state === "FATAL") return;
    this.link.ensure();
    if (!this.mayJoin) return;
    if (this.isPrepared) this.sendJoinGroup();
    else this.prepare();
  }

  /** Gives up what we own: with a commit while we are still a member, without if we were thrown out. */
  private prepare(): void {
    if (this.generationId === NO_GENERATION) return this.prepared(() => this.hooks.onLost());
    if (this.keepsPartitions) {
      this.isPrepared = true;
      this.maybeJoin();
      return;
    }
    this.isPreparing = true;
    this.hooks.beforeRevoke(() => {
      this.isPreparing = false;
      const isStillMember = this.generationId !== NO_GENERATION;
      this.prepared(() => (isStillMember ? this.hooks.onRevoked() : this.hooks.onLost()));
    });
  }

  private prepared(giveUp: () => void): void {
    if (this.ownsPartitions) giveUp();
    this.ownsPartitions = false;
    // An application that is stuck by now would own partitions it does not read: its next poll goes on.
    if (!this.pollTimer.armed) return;
    this.isPrepared = true;
    this.maybeJoin();
  }

  private sendJoinGroup(): void {
    this.state = "PREPARING_REBALANCE";
    this.heartbeats.stop();
    this.isRejoinNeeded = false;
    this.joinedTopics = this.topics;
    this.leader.resign();
    const body = joinGroupRequest(this.config, this.identity, this.topics);
    const timeoutMs = Math.max(
      this.config["request.timeout.ms"],
      body.rebalanceTimeoutMs + JOIN_GROUP_TIMEOUT_LAPSE_MS,
    );
    const epoch = ++this.epoch;
    this.link.send(
      "JoinGroup",
      body,
      (answer) => {
        if (epoch !== this.epoch) return;
        if (answer.ok && answer.body.errorCode === Errors.NONE) this.handleJoined(answer.body);
        else
          this.handleJoinError(answer.ok ? answer.body.errorCode : answer.error, answer.ok ? answer.body : undefined);
      },
      timeoutMs,
    );
  }

  private handleJoined(body: ResponseBody<"JoinGroup">): void {
    this.state = "COMPLETING_REBALANCE";
    this.memberId = body.memberId;
    this.generationId = body.generationId;
    this.protocolName = body.protocolName;
    this.heartbeats.start();
    if (body.leader !== body.memberId) this.sendSyncGroup([]);
    else this.leader.assign(body, (assignments) => this.sendSyncGroup(body.skipAssignment ? [] : assignments));
  }

  private sendSyncGroup(assignments: MemberAssignments): void {
    const body = syncGroupRequest(this.groupId, this.identity, this.protocolName, assignments);
    const timeoutMs = Math.max(this.config["request.timeout.ms"], this.config["max.poll.interval.ms"]);
    const epoch = ++this.epoch;
    this.link.send(
      "SyncGroup",
      body,
      (answer) => {
        if (epoch !== this.epoch) return;
        const error = answer.ok ? answer.body.errorCode : answer.error;
        if (answer.ok && error === Errors.NONE) this.handleSynced(answer.body.assignment);
        else this.handleJoinError(error, undefined);
      },
      timeoutMs,
    );
  }

  private handleSynced(assignment: Uint8Array): void {
    this.state = "STABLE";
    this.failures = 0;
    this.isPrepared = false;
    this.ownsPartitions = true;
    this.hooks.onAssigned([...decodeAssignment(assignment)].sort(compareTopicPartitions));
    // What came during the join was not compared: partitions unknown to the assignment would stay unread.
    this.onMetadataUpdate();
  }

  private handleJoinError(error: ErrorCode, body: ResponseBody<"JoinGroup"> | undefined): void {
    this.state = "UNJOINED";
    this.isRejoinNeeded = true;
    switch (error) {
      case Errors.MEMBER_ID_REQUIRED:
        this.memberId = body?.memberId ?? "";
        this.joinNow();
        return;
      case Errors.UNKNOWN_MEMBER_ID:
      case Errors.ILLEGAL_GENERATION:
        this.forgetGeneration(error === Errors.UNKNOWN_MEMBER_ID);
        this.joinNow();
        return;
      case Errors.REBALANCE_IN_PROGRESS:
        this.joinNow();
        return;
      case Errors.COORDINATOR_LOAD_IN_PROGRESS:
      case Errors.NETWORK_EXCEPTION:
      case Errors.REQUEST_TIMED_OUT:
        this.joinLater();
        return;
      default:
        if (isCoordinatorGone(error)) {
          this.link.markUnknown();
          this.joinLater();
        } else {
          this.becomeFatal(error);
        }
    }
  }

  /** The coordinator is there and has spoken: nothing is won by waiting. */
  private joinNow(): void {
    this.heartbeats.stop();
    this.maybeJoin();
  }

  private joinLater(): void {
    this.heartbeats.stop();
    this.joinTimer.arm(this.backoff.delayMs(this.failures));
    this.failures += 1;
  }

  private handleHeartbeatAnswer(error: ErrorCode): void {
    switch (error) {
      case Errors.NONE:
        return;
      case Errors.REBALANCE_IN_PROGRESS:
        if (this.state === "STABLE") this.requestRejoin();
        return;
      case Errors.ILLEGAL_GENERATION:
      case Errors.UNKNOWN_MEMBER_ID:
        this.resetGeneration(error);
        return;
      case Errors.FENCED_INSTANCE_ID:
      case Errors.GROUP_AUTHORIZATION_FAILED:
        this.becomeFatal(error);
        return;
      default:
        if (isCoordinatorGone(error)) this.link.markUnknown();
    }
  }

  /** The group went on without us. Kafka keeps the member id when only the generation is old. */
  private resetGeneration(error: ErrorCode): void {
    this.heartbeats.stop();
    this.forgetGeneration(error !== Errors.ILLEGAL_GENERATION);
    this.state = "UNJOINED";
    this.requestRejoin();
    // In the middle of a join the poll that allowed it has been already.
    if (this.isPrepared) this.maybeJoin();
  }

  private forgetGeneration(forgetMemberId: boolean): void {
    this.epoch += 1;
    this.generationId = NO_GENERATION;
    this.leader.resign();
    this.isRejoinNeeded = true;
    if (forgetMemberId) this.memberId = "";
  }

  /** The application is stuck: whoever shares the group with it should get its partitions. */
  private handlePollTimeout(): void {
    // Whatever was under way waits for the next poll: nobody would judge the application any more after this.
    this.isPrepared = false;
    this.joinTimer.cancel();
    if (this.state === "UNJOINED" || this.state === "FATAL") return;
    this.heartbeats.stop();
    if (this.instanceId === null) this.sendLeaveGroup("the poll interval was exceeded", () => {});
    this.forgetGeneration(true);
    this.state = "UNJOINED";
  }

  private sendLeaveGroup(reason: string, onDone: () => void): void {
    const body = leaveGroupRequest(this.groupId, this.identity, reason);
    this.link.send("LeaveGroup", body, () => onDone());
  }

  private becomeFatal(error: ErrorCode): void {
    if (this.state === "FATAL") return;
    this.heartbeats.stop();
    this.pollTimer.cancel();
    this.joinTimer.cancel();
    this.forgetGeneration(true);
    this.state = "FATAL";
    if (this.ownsPartitions) this.hooks.onLost();
    this.ownsPartitions = false;
    this.hooks.onFatal(error);
  }
}
