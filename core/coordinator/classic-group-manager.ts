// Classic group manager: the groups of one shard, and what they answer to Sync, Heartbeat, Leave and Join.
// It alone adds and removes groups. How a group moves through a rebalance stands in classic-group-rebalance.ts, the
// table of answers in classic-group.ts.

import { assert, assertDefined, assertNever } from "../assert.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody, ResponseBody } from "../protocol/apis.js";
import { HeartbeatResponse } from "../protocol/messages/heartbeat.js";
import { JoinGroupResponse } from "../protocol/messages/join-group.js";
import { LeaveGroupResponse } from "../protocol/messages/leave-group.js";
import { SyncGroupResponse } from "../protocol/messages/sync-group.js";
import { compareStrings } from "../types.js";
import { ClassicGroup } from "./classic-group.js";
import type { JoinReply, SyncReply } from "./classic-group-member.js";
import { ClassicGroupJoin } from "./classic-group-join.js";
import { ClassicGroupRebalance } from "./classic-group-rebalance.js";
import { type GroupContext, type GroupRequestContext, traceFenced } from "./group-context.js";
import { type GroupMetadataRecord, type GroupResult, NO_CHANGE } from "./group-records.js";

export class ClassicGroupManager {
  readonly #context: GroupContext;
  readonly #groups = new Map<string, ClassicGroup>();
  readonly #rebalance: ClassicGroupRebalance;
  readonly #join: ClassicGroupJoin;
  #isLoaded = false;

  constructor(context: GroupContext) {
    this.#context = context;
    this.#rebalance = new ClassicGroupRebalance(this.#context);
    this.#join = new ClassicGroupJoin(this.#context, this.#rebalance);
  }

  get(groupId: string): ClassicGroup | undefined {
    return this.#groups.get(groupId);
  }

  /** All groups, by id. */
  sortedGroups(): readonly ClassicGroup[] {
    return [...this.#groups.values()].sort((a, b) => compareStrings(a.groupId, b.groupId));
  }

  /** Makes sure that a group exists to which offsets can belong: a *simple* group has no protocol type. */
  createSimpleGroup(groupId: string): void {
    if (!this.#groups.has(groupId)) this.#create(groupId);
  }

  /** A record with members is replayed only while loading: a live group is ahead of its record. */
  replay(record: GroupMetadataRecord): void {
    const { group: groupId, value } = record;
    const known = this.#groups.get(groupId);
    if (value !== null) {
      assert(!this.#isLoaded, "a live group is not replayed");
      this.#groups.set(groupId, ClassicGroup.fromRecordValue(groupId, value));
    } else if (known !== undefined && this.#isLoaded) this.#remove(known, "deleted");
    else this.#groups.delete(groupId);
  }

  /** The members found in the log get a session each, beginning now: how long they were silent, nobody knows. */
  onLoaded(): void {
    this.#isLoaded = true;
    const maxSize = this.#context.config["group.max.size"];
    for (const group of this.sortedGroups()) {
      for (const member of group.sortedMembers()) {
        this.#rebalance.restartSession(group, member.memberId, member.sessionTimeoutMs);
      }
      if (group.members.size > maxSize) {
        this.#context.write(() => this.#rebalance.prepareRebalance(group, "loaded group is over capacity"));
      }
    }
  }

  /** Parked requests are sent to the coordinator that took over. */
  onUnloaded(): void {
    const errorCode = Errors.NOT_COORDINATOR;
    for (const group of this.sortedGroups()) {
      for (const member of group.sortedMembers()) {
        group.completeJoin(member, JoinGroupResponse.create({ memberId: member.memberId, errorCode }));
        group.completeSync(member, SyncGroupResponse.create({ errorCode }));
      }
      this.#remove(group, "coordinated elsewhere");
    }
  }

  join(request: RequestBody<"JoinGroup">, context: GroupRequestContext, reply: JoinReply): GroupResult<undefined> {
    const { groupId, memberId } = request;
    const known = this.#groups.get(groupId);
    // Only who has no id may create a group: an id tells of a group that existed, and so was deleted or expired.
    if (known === undefined && memberId !== "") {
      reply(JoinGroupResponse.create({ memberId, errorCode: Errors.UNKNOWN_MEMBER_ID }));
      return NO_CHANGE;
    }
    const group = known ?? this.#create(groupId);
    const result = this.#join.join(group, request, context, reply);
    return known === undefined && result === NO_CHANGE ? this.#storeNewGroup(group) : result;
  }

  sync(request: RequestBody<"SyncGroup">, reply: SyncReply): GroupResult<undefined> {
    const { memberId } = request;
    const group = this.#groups.get(request.groupId);
    const error = group === undefined ? Errors.UNKNOWN_MEMBER_ID : this.#validateSync(group, request);
    if (group === undefined || error !== Errors.NONE) return failSync(reply, error);
    switch (group.state) {
      case "PreparingRebalance":
        return failSync(reply, Errors.REBALANCE_IN_PROGRESS);
      case "CompletingRebalance": {
        const member = assertDefined(group.members.get(memberId), "a valid member is a member");
        member.parkedSync = reply;
        this.#rebalance.syncReceived(group, memberId);
        return group.leaderId === memberId ? this.#rebalance.storeAssignment(group, request) : NO_CHANGE;
      }
      case "Stable": {
        this.#rebalance.syncReceived(group, memberId);
        const { assignment } = assertDefined(group.members.get(memberId), "a valid member is a member");
        const { protocolType, protocolName } = group;
        reply(SyncGroupResponse.create({ protocolType, protocolName, assignment }));
        return NO_CHANGE;
      }
      case "Empty":
      case "Dead":
        return failSync(reply, Errors.UNKNOWN_MEMBER_ID);
      default:
        return assertNever(group.state);
    }
  }

  heartbeat(request: RequestBody<"Heartbeat">): GroupResult<ResponseBody<"Heartbeat">> {
    return { records: [], response: HeartbeatResponse.create({ errorCode: this.#heartbeat(request) }) };
  }

  leave(request: RequestBody<"LeaveGroup">): GroupResult<ResponseBody<"LeaveGroup">> {
    const group = this.#groups.get(request.groupId);
    if (group?.state === "Dead") {
      const errorCode = Errors.COORDINATOR_NOT_AVAILABLE;
      return { records: [], response: LeaveGroupResponse.create({ errorCode }) };
    }
    const members = request.members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      groupInstanceId,
      errorCode: group === undefined ? Errors.UNKNOWN_MEMBER_ID : this.#leave(group, memberId, groupInstanceId),
    }));
    const response = LeaveGroupResponse.create({ members });
    const somebodyLeft = members.some(({ errorCode }) => errorCode === Errors.NONE);
    if (group === undefined || !somebodyLeft) return { records: [], response };
    return { ...this.#afterLeave(group), response };
  }

  /** Keeps a member that commits alive, as a heartbeat does. */
  touch(group: ClassicGroup, memberId: string): void {
    const member = group.members.get(memberId);
    if (member === undefined || (group.state !== "Stable" && group.state !== "PreparingRebalance")) return;
    this.#rebalance.restartSession(group, memberId, member.sessionTimeoutMs);
  }

  #heartbeat(request: RequestBody<"Heartbeat">): ErrorCode {
    const { groupId, memberId, groupInstanceId, generationId } = request;
    const group = this.#groups.get(groupId);
    if (group === undefined) return Errors.UNKNOWN_MEMBER_ID;
    const error = this.#validate(group, memberId, groupInstanceId, generationId);
    if (error !== Errors.NONE) return error;
    const member = assertDefined(group.members.get(memberId), "a valid member is a member");
    this.#rebalance.restartSession(group, memberId, member.sessionTimeoutMs);
    // This answer is how members learn that they have to join again.
    return group.state === "PreparingRebalance" ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
  }

  #validateSync(group: ClassicGroup, request: RequestBody<"SyncGroup">): ErrorCode {
    const error = this.#validate(group, request.memberId, request.groupInstanceId, request.generationId);
    if (error !== Errors.NONE) return error;
    const agrees =
      (request.protocolType ?? group.protocolType) === group.protocolType &&
      (request.protocolName ?? group.protocolName) === group.protocolName;
    return agrees ? Errors.NONE : Errors.INCONSISTENT_GROUP_PROTOCOL;
  }

  /** Checks at the door: the group lives, the member is in it, and it is of this generation. */
  #validate(group: ClassicGroup, memberId: string, groupInstanceId: string | null, generationId: number): ErrorCode {
    if (group.state === "Dead") return Errors.COORDINATOR_NOT_AVAILABLE;
    const error = group.validateMember(memberId, groupInstanceId);
    const isFenced = error === Errors.NONE && generationId !== group.generationId;
    const told = isFenced ? Errors.ILLEGAL_GENERATION : error;
    if (told !== Errors.NONE) traceFenced(this.#context.env, group.groupId, { memberId, generationId }, told);
    return told;
  }

  #leave(group: ClassicGroup, memberId: string, groupInstanceId: string | null): ErrorCode {
    // An administrator removes a static member by its instance id alone.
    const id = memberId === "" && groupInstanceId !== null ? group.staticMemberId(groupInstanceId) : memberId;
    if (id === undefined || id === "") return Errors.UNKNOWN_MEMBER_ID;
    if (group.pendingJoinMembers.has(id)) {
      group.remove(id);
      return Errors.NONE;
    }
    const error = group.validateMember(id, groupInstanceId);
    if (error !== Errors.NONE) {
      traceFenced(this.#context.env, group.groupId, { memberId: id, generationId: -1 }, error);
      return error;
    }
    const member = assertDefined(group.members.get(id), "a valid member is a member");
    this.#rebalance.removeMember(group, member, "left");
    return Errors.NONE;
  }

  #afterLeave(group: ClassicGroup): GroupResult<undefined> {
    switch (group.state) {
      case "Stable":
      case "CompletingRebalance":
        return this.#rebalance.maybePrepareRebalanceOrCompleteJoin(group, "a member left");
      case "PreparingRebalance":
        return this.#rebalance.maybeCompleteJoinPhase(group);
      case "Empty":
      case "Dead":
        return NO_CHANGE;
    }
  }

  /** A new group is stored at once, empty, so that every group that answered anybody is in the log. */
  #storeNewGroup(group: ClassicGroup): GroupResult<undefined> {
    const { groupId } = group;
    const empty = new ClassicGroup(groupId);
    empty.stateTimestampMs = this.#context.env.clock.wallMs();
    return {
      records: [{ type: "group-metadata", group: groupId, value: empty.toRecordValue(new Map()) }],
      response: undefined,
      replay: false,
      revert: (errorCode) => {
        for (const member of group.sortedMembers()) {
          group.completeJoin(member, JoinGroupResponse.create({ errorCode }));
        }
        this.#remove(group, "could not be stored");
      },
    };
  }

  #create(groupId: string): ClassicGroup {
    const group = new ClassicGroup(groupId);
    group.stateTimestampMs = this.#context.env.clock.wallMs();
    this.#groups.set(groupId, group);
    return group;
  }

  #remove(group: ClassicGroup, reason: string): void {
    this.#groups.delete(group.groupId);
    this.#rebalance.forget(group, reason);
  }
}

function failSync(reply: SyncReply, errorCode: ErrorCode): GroupResult<undefined> {
  reply(SyncGroupResponse.create({ errorCode }));
  return NO_CHANGE;
}
