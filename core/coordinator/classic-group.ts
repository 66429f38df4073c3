// Classic group: consumers that share the partitions of their topics, and agree on the sharing in two phases.
// In the join phase the coordinator gathers the members; one of them, the leader, deals the partitions out; in the
// sync phase the coordinator hands each member its share. A round of both is a generation, and every request names
// its generation, so that a member of an older one (a zombie) cannot commit over its successors.
//
// What a group answers in each state:
//
// | state               | Join                                | Sync                   | Heartbeat   | Commit        |
// |---------------------|-------------------------------------|------------------------|-------------|---------------|
// | Empty               | new member: starts a rebalance      | UNKNOWN_MEMBER_ID      | UNKNOWN_MEMBER_ID | only generation -1 |
// | PreparingRebalance  | parked until the join phase ends    | REBALANCE_IN_PROGRESS  | REBALANCE_IN_PROGRESS | current generation |
// | CompletingRebalance | same metadata: current answer; else rebalance | parked; the leader's completes | ok | REBALANCE_IN_PROGRESS |
// | Stable              | leader, or changed metadata: rebalance; else current answer | current assignment | ok | ok |
// | Dead                | COORDINATOR_NOT_AVAILABLE           | same                   | same        | same          |
//
// Transitions:
//   Empty → PreparingRebalance                a member joins
//   PreparingRebalance → CompletingRebalance  all known members rejoined, or time is up: generation + 1
//   PreparingRebalance → Empty                the last member left: generation + 1
//   CompletingRebalance → Stable              the leader's assignment is committed
//   CompletingRebalance → PreparingRebalance  a member joins, leaves or fails; the assignment could not be stored
//   Stable → PreparingRebalance               a member joins, leaves or fails; the leader rejoins
//   any → Dead                                deleted, expired, or coordinated elsewhere
//
// A group is *hard state*: it holds parked requests, so it is changed in place by the rebalance rules, not by replay.
// Its record in the log (members and assignment of a generation) is what the next coordinator starts from.

import { assert, assertDefined } from "../assert.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { ResponseBody } from "../protocol/apis.js";
import { JoinGroupResponse } from "../protocol/messages/join-group.js";
import type { GroupMetadataValue } from "../protocol/messages/group-records.js";
import { SyncGroupResponse } from "../protocol/messages/sync-group.js";
import { EMPTY_BYTES } from "../protocol/schema.js";
import { compareStrings } from "../types.js";
import { ClassicGroupMember, type GroupProtocol, type JoinReply } from "./classic-group-member.js";
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsOf } from "./consumer-protocol.js";
import type { SessionTimer } from "./session-timer.js";

export type ClassicGroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead";

const VALID_PREVIOUS: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ["PreparingRebalance"],
  PreparingRebalance: ["Stable", "CompletingRebalance", "Empty"],
  CompletingRebalance: ["PreparingRebalance"],
  Stable: ["CompletingRebalance"],
  Dead: ["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"],
};

interface MemberUpdate {
  readonly protocols: readonly GroupProtocol[];
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
}

export class ClassicGroup {
  readonly groupId: string;
  generationId = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  /** Wall-clock ms of the last transition; undefined if a record of before it was stored gave none. */
  stateTimestampMs: number | undefined;
  /** Topics the members subscribe to; undefined if the protocol does not tell. */
  subscribedTopics: ReadonlySet<string> | undefined;
  /** A member joined since the initial rebalance delay was last extended. */
  newMemberAdded = false;
  /** In the order of joining. */
  readonly members = new Map<string, ClassicGroupMember>();
  /** Ids given out with MEMBER_ID_REQUIRED that have not come back yet. */
  readonly pendingJoinMembers = new Set<string>();
  /** Members of this generation that have not asked for their assignment yet. */
  readonly pendingSyncMembers = new Set<string>();
  /** By member id, pending ones included. */
  readonly sessions = new Map<string, SessionTimer>();
  #state: ClassicGroupState;
  #previousState: ClassicGroupState;
  readonly #staticMembers = new Map<string, string>();
  /** How many members offer each protocol. */
  readonly #supportedProtocols = new Map<string, number>();
  #awaitingJoinCount = 0;

  constructor(groupId: string, state: "Empty" | "Stable" = "Empty") {
    this.groupId = groupId;
    this.#state = state;
    this.#previousState = "Dead";
  }

  get state(): ClassicGroupState {
    return this.#state;
  }

  get previousState(): ClassicGroupState {
    return this.#previousState;
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount;
  }

  get hasAllMembersJoined(): boolean {
    return this.members.size === this.#awaitingJoinCount && this.pendingJoinMembers.size === 0;
  }

  get canRebalance(): boolean {
    return VALID_PREVIOUS.PreparingRebalance.includes(this.#state);
  }

  /** Longest rebalance timeout of all members: how long a join or sync phase may take. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  transitionTo(state: ClassicGroupState, wallMs: number): void {
    assert(VALID_PREVIOUS[state].includes(this.#state), "a group moves only along its transitions");
    this.#previousState = this.#state;
    this.#state = state;
    this.stateTimestampMs = wallMs;
  }

  /** Ends the join phase: with members a new generation to be synced, without any an empty one. */
  initNextGeneration(wallMs: number): void {
    this.generationId += 1;
    this.protocolName = this.members.size > 0 ? this.selectProtocol() : null;
    this.subscribedTopics = this.#computeSubscribedTopics();
    this.pendingSyncMembers.clear();
    this.transitionTo(this.members.size > 0 ? "CompletingRebalance" : "Empty", wallMs);
  }

  /** Takes a member in; the first one leads. Its protocols were checked by `supportsProtocols`. */
  add(member: ClassicGroupMember, parkedJoin?: JoinReply): void {
    const { memberId, groupInstanceId, protocolType } = member.identity;
    assert(this.members.size === 0 || this.protocolType === protocolType, "members share their protocol type");
    if (groupInstanceId !== null) {
      assert(!this.#staticMembers.has(groupInstanceId), "an instance id has one member");
      this.#staticMembers.set(groupInstanceId, memberId);
    }
    if (this.members.size === 0) this.protocolType = protocolType;
    this.leaderId ??= memberId;
    this.members.set(memberId, member);
    this.#count(member.protocols, 1);
    this.pendingJoinMembers.delete(memberId);
    if (parkedJoin !== undefined) this.#park(member, parkedJoin);
  }

  /** Removes a member or a pending id; if it led, the member who joined first leads. */
  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined) {
      this.members.delete(memberId);
      this.#count(member.protocols, -1);
      if (member.parkedJoin !== undefined) this.#awaitingJoinCount -= 1;
      if (member.identity.groupInstanceId !== null) this.#staticMembers.delete(member.identity.groupInstanceId);
    }
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null;
    this.pendingJoinMembers.delete(memberId);
    this.pendingSyncMembers.delete(memberId);
    this.sessions.get(memberId)?.cancel();
    this.sessions.delete(memberId);
  }

  /** What a member says of itself when it joins again; its join is parked. */
  updateMember(member: ClassicGroupMember, update: MemberUpdate, parkedJoin: JoinReply): void {
    this.restoreMember(member, update);
    this.#park(member, parkedJoin);
  }

  /** As `updateMember`, without a join: takes back an update that could not be stored. */
  restoreMember(member: ClassicGroupMember, update: MemberUpdate): void {
    this.#count(member.protocols, -1);
    this.#count(update.protocols, 1);
    member.protocols = update.protocols;
    member.rebalanceTimeoutMs = update.rebalanceTimeoutMs;
    member.sessionTimeoutMs = update.sessionTimeoutMs;
  }

  /**
   * Gives a static member's place to a new process with the same instance id. In any state (KAFKA-8500), and fencing
   * whatever the old one waits for: otherwise both would be told that they own the partitions.
   */
  replaceStaticMember(groupInstanceId: string, newMemberId: string): ClassicGroupMember {
    const oldMemberId = assertDefined(this.#staticMembers.get(groupInstanceId), "the instance id is a member's");
    const old = assertDefined(this.members.get(oldMemberId), "a static member is a member");
    const errorCode = Errors.FENCED_INSTANCE_ID;
    this.completeJoin(old, JoinGroupResponse.create({ memberId: oldMemberId, errorCode, protocolName: null }));
    this.completeSync(old, SyncGroupResponse.create({ errorCode }));
    const { identity, protocols } = old;
    const replacement = new ClassicGroupMember({ ...identity, memberId: newMemberId }, old, protocols);
    replacement.assignment = old.assignment;
    this.members.delete(oldMemberId);
    this.sessions.get(oldMemberId)?.cancel();
    this.sessions.delete(oldMemberId);
    this.pendingSyncMembers.delete(oldMemberId);
    this.members.set(newMemberId, replacement);
    if (this.leaderId === oldMemberId) this.leaderId = newMemberId;
    this.#staticMembers.set(groupInstanceId, newMemberId);
    return replacement;
  }

  /** The member id that holds an instance id now. */
  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId);
  }

  /**
   * NONE; FENCED_INSTANCE_ID if another process took the instance id over; UNKNOWN_MEMBER_ID.
   * Every request of a member passes here first.
   */
  validateMember(memberId: string, groupInstanceId: string | null): ErrorCode {
    if (groupInstanceId !== null) {
      const holder = this.#staticMembers.get(groupInstanceId);
      if (holder === undefined) return Errors.UNKNOWN_MEMBER_ID;
      if (holder !== memberId) return Errors.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;
  }

  /** May a member with these protocols live with the others? One protocol must be offered by all. */
  supportsProtocols(protocolType: string, protocols: readonly GroupProtocol[]): boolean {
    if (this.#state === "Empty") return protocolType !== "" && protocols.length > 0;
    return (
      this.protocolType === protocolType &&
      protocols.some((protocol) => this.#supportedProtocols.get(protocol.name) === this.members.size)
    );
  }

  /** The protocol most members prefer among those all offer; of equals the one voted for first, in joining order. */
  selectProtocol(): string {
    const candidates = new Set<string>();
    for (const [name, count] of this.#supportedProtocols) if (count === this.members.size) candidates.add(name);
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const vote = assertDefined(member.vote(candidates), "members have a protocol in common");
      votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    let winner: string | undefined;
    for (const [name, count] of votes) if (winner === undefined || count > votes.get(winner)!) winner = name;
    return assertDefined(winner, "a group with members selects a protocol");
  }

  /** Members whose join is not parked: after the join phase they are gone, or kept because they are static. */
  notYetRejoined(): readonly ClassicGroupMember[] {
    return [...this.members.values()].filter((member) => member.parkedJoin === undefined);
  }

  /** Makes sure that the leader is among those who rejoined. False if nobody did. */
  maybeElectNewJoinedLeader(): boolean {
    const leader = this.leaderId === null ? undefined : this.members.get(this.leaderId);
    if (leader === undefined) return false;
    if (leader.parkedJoin !== undefined) return true;
    for (const member of this.members.values()) {
      if (member.parkedJoin === undefined) continue;
      this.leaderId = member.memberId;
      return true;
    }
    return false;
  }

  /** Answers a parked join; nothing if none is parked. */
  completeJoin(member: ClassicGroupMember, body: ResponseBody<"JoinGroup">): void {
    const reply = member.parkedJoin;
    if (reply === undefined) return;
    member.parkedJoin = undefined;
    this.#awaitingJoinCount -= 1;
    reply(body);
  }

  /** Answers a parked sync; false if none is parked. */
  completeSync(member: ClassicGroupMember, body: ResponseBody<"SyncGroup">): boolean {
    const reply = member.parkedSync;
    if (reply === undefined) return false;
    member.parkedSync = undefined;
    reply(body);
    return true;
  }

  /** Members by id: the order in which they leave the node. */
  sortedMembers(): readonly ClassicGroupMember[] {
    return [...this.members.values()].sort((a, b) => compareStrings(a.memberId, b.memberId));
  }

  /** May a partition of `topic` be forgotten? Not while a member reads it, or might. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** What the next coordinator starts from: the members of this generation with the given assignment. */
  toRecordValue(assignment: ReadonlyMap<string, Uint8Array>): GroupMetadataValue {
    return {
      protocolType: this.protocolType ?? "",
      generation: this.generationId,
      protocol: this.protocolName,
      leader: this.leaderId,
      currentStateTimestamp: this.stateTimestampMs ?? -1,
      members: this.sortedMembers().map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.identity.groupInstanceId,
        clientId: member.identity.clientId,
        clientHost: member.identity.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: member.metadata(this.protocolName),
        assignment: assignment.get(member.memberId) ?? EMPTY_BYTES,
      })),
    };
  }

  /** A group as its record tells of it: Stable with members, Empty without. */
  static fromRecordValue(groupId: string, value: GroupMetadataValue): ClassicGroup {
    const group = new ClassicGroup(groupId, value.members.length > 0 ? "Stable" : "Empty");
    group.generationId = value.generation;
    group.protocolType = value.protocolType === "" ? null : value.protocolType;
    group.protocolName = value.protocol;
    group.leaderId = value.leader;
    group.stateTimestampMs = value.currentStateTimestamp === -1 ? undefined : value.currentStateTimestamp;
    for (const stored of value.members) {
      const { memberId, groupInstanceId, clientId, clientHost } = stored;
      const member = new ClassicGroupMember(
        { memberId, groupInstanceId, clientId, clientHost, protocolType: value.protocolType },
        {
          rebalanceTimeoutMs: stored.rebalanceTimeout === -1 ? stored.sessionTimeout : stored.rebalanceTimeout,
          sessionTimeoutMs: stored.sessionTimeout,
        },
        [{ name: value.protocol ?? "", metadata: stored.subscription }],
      );
      member.assignment = stored.assignment;
      group.add(member);
    }
    group.subscribedTopics = group.#computeSubscribedTopics();
    return group;
  }

  #park(member: ClassicGroupMember, reply: JoinReply): void {
    // A join sent again (its connection broke) takes the place of the one before, which nobody waits for any more.
    if (member.parkedJoin === undefined) this.#awaitingJoinCount += 1;
    member.parkedJoin = reply;
  }

  #count(protocols: readonly GroupProtocol[], by: 1 | -1): void {
    for (const { name } of protocols) {
      this.#supportedProtocols.set(name, (this.#supportedProtocols.get(name) ?? 0) + by);
    }
  }

  #computeSubscribedTopics(): ReadonlySet<string> | undefined {
    if (this.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined;
    const topics = new Set<string>();
    for (const member of this.members.values()) {
      const subscribed = subscribedTopicsOf(member.metadata(this.protocolName));
      if (subscribed === undefined) return undefined;
      for (const topic of subscribed) topics.add(topic);
    }
    return topics;
  }
}
