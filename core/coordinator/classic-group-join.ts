// JoinGroup: how a consumer becomes a member of a classic group, or says again that it is one.
// Who is new gets an id first; who is known starts, or takes part in, a rebalance only if something changed.
// Every branch answers at once or parks the request in the member until the join phase ends.

import { assertDefined } from "../assert.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody } from "../protocol/apis.js";
import { JoinGroupResponse } from "../protocol/messages/join-group.js";
import type { ClassicGroup } from "./classic-group.js";
import { ClassicGroupMember, type JoinReply } from "./classic-group-member.js";
import { type ClassicGroupRebalance, joinResponse } from "./classic-group-rebalance.js";
import { type GroupContext, type GroupRequestContext, traceFenced, traceMemberRemoved } from "./group-context.js";
import { type GroupResult, NO_CHANGE } from "./group-records.js";

/**
 * How long a new member's join may stay parked. It has no id to send heartbeats with, and its connection is not
 * read, so a client that gave up and joined again would otherwise leave a ghost in the group.
 */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;
/** JoinGroup version from which a dynamic member must come back with the id it is given (KIP-394). */
const MEMBER_ID_REQUIRED_VERSION = 4;
/** JoinGroup version whose leaders understand that no assignment is wanted of them (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9;

type JoinRequest = RequestBody<"JoinGroup">;

interface Join {
  readonly group: ClassicGroup;
  readonly request: JoinRequest;
  readonly context: GroupRequestContext;
  readonly reply: JoinReply;
}

export class ClassicGroupJoin {
  readonly #context: GroupContext;
  readonly #rebalance: ClassicGroupRebalance;

  constructor(context: GroupContext, rebalance: ClassicGroupRebalance) {
    this.#context = context;
    this.#rebalance = rebalance;
  }

  /** A join to a group that exists (a group is created by its first member without an id). */
  join(
    group: ClassicGroup,
    request: JoinRequest,
    context: GroupRequestContext,
    reply: JoinReply,
  ): GroupResult<undefined> {
    const { memberId } = request;
    if (!this.#acceptsJoiningMember(group, memberId)) {
      group.remove(memberId);
      return fail(reply, "", Errors.GROUP_MAX_SIZE_REACHED);
    }
    if (group.state === "Dead") return fail(reply, memberId, Errors.COORDINATOR_NOT_AVAILABLE);
    if (!group.supportsProtocols(request.protocolType, request.protocols)) {
      return fail(reply, memberId, Errors.INCONSISTENT_GROUP_PROTOCOL);
    }
    const join: Join = { group, request, context, reply };
    return memberId === "" ? this.#joinNew(join) : this.#joinExisting(join);
  }

  #acceptsJoiningMember(group: ClassicGroup, memberId: string): boolean {
    const maxSize = this.#context.config["group.max.size"];
    switch (group.state) {
      case "Empty":
      case "Dead":
        return true;
      case "PreparingRebalance":
        // Those who wait are counted, not the members: the last to rejoin are the ones who find no place.
        return group.members.get(memberId)?.parkedJoin !== undefined || group.awaitingJoinCount < maxSize;
      case "CompletingRebalance":
      case "Stable":
        return group.members.has(memberId) || group.members.size < maxSize;
    }
  }

  #joinNew(join: Join): GroupResult<undefined> {
    const { group, request, context, reply } = join;
    const { groupInstanceId } = request;
    const newMemberId = `${groupInstanceId ?? context.clientId}-${this.#context.env.random.uuid()}`;
    if (groupInstanceId !== null) {
      const known = group.members.get(group.staticMemberId(groupInstanceId) ?? "");
      if (known === undefined) return this.#add(join, newMemberId);
      const sharesId = this.#context.env.bugs["share-static-member-id"] && group.state !== "Stable";
      return sharesId
        ? this.#rejoin(join, known, "static member rejoins")
        : this.#replaceStatic(join, groupInstanceId, newMemberId);
    }
    if (context.apiVersion < MEMBER_ID_REQUIRED_VERSION) return this.#add(join, newMemberId);
    // The id is given out first: a client that times out and joins again would else become two members (KIP-394).
    group.pendingJoinMembers.add(newMemberId);
    this.#rebalance.restartSession(group, newMemberId, request.sessionTimeoutMs);
    return fail(reply, newMemberId, Errors.MEMBER_ID_REQUIRED);
  }

  #joinExisting(join: Join): GroupResult<undefined> {
    const { group, request, reply } = join;
    const { memberId, groupInstanceId, protocols } = request;
    // A pending id was given to a dynamic member. With an instance id the request contradicts itself.
    if (group.pendingJoinMembers.has(memberId)) {
      return groupInstanceId === null ? this.#add(join, memberId) : fail(reply, memberId, Errors.UNKNOWN_SERVER_ERROR);
    }
    const error = group.validateMember(memberId, groupInstanceId);
    if (error !== Errors.NONE) {
      traceFenced(this.#context.env, group.groupId, { memberId, generationId: -1 }, error);
      return fail(reply, memberId, error);
    }
    const member = assertDefined(group.members.get(memberId), "a valid member is a member");
    switch (group.state) {
      case "PreparingRebalance":
        return this.#rejoin(join, member, "member rejoins");
      case "CompletingRebalance":
        // Same metadata: the join answer was lost on its way. It is still true.
        if (!member.offersSame(protocols)) return this.#rejoin(join, member, "metadata of a member changed");
        this.#context.env.marks.reached("join-answer-lost");
        break;
      case "Stable":
        // The leader joins again when something outside the group changed, such as the number of partitions.
        if (group.leaderId === memberId) return this.#rejoin(join, member, "leader rejoins");
        if (!member.offersSame(protocols)) return this.#rejoin(join, member, "metadata of a member changed");
        break;
      case "Empty":
      case "Dead":
        return fail(reply, memberId, Errors.UNKNOWN_MEMBER_ID);
    }
    reply(joinResponse(group, memberId));
    return NO_CHANGE;
  }

  #add(join: Join, memberId: string): GroupResult<undefined> {
    const { group, request, context, reply } = join;
    const { groupInstanceId, protocolType, protocols } = request;
    const { clientId, clientHost } = context;
    const identity = { memberId, groupInstanceId, clientId, clientHost, protocolType };
    const member = new ClassicGroupMember(identity, timeoutsOf(request), protocols);
    member.isNew = true;
    // Only those who come during the initial delay prolong it.
    if (group.state === "PreparingRebalance" && group.previousState === "Empty") group.newMemberAdded = true;
    group.add(member, reply);
    this.#rebalance.restartSession(group, memberId, NEW_MEMBER_JOIN_TIMEOUT_MS);
    return this.#rebalance.maybePrepareRebalanceOrCompleteJoin(group, "new member");
  }

  #rejoin(join: Join, member: ClassicGroupMember, reason: string): GroupResult<undefined> {
    const { group, request, reply } = join;
    group.updateMember(member, { protocols: request.protocols, ...timeoutsOf(request) }, reply);
    return this.#rebalance.maybePrepareRebalanceOrCompleteJoin(group, reason);
  }

  /** A process with a known instance id and no member id: the static member restarted, or there are two of it. */
  #replaceStatic(join: Join, groupInstanceId: string, newMemberId: string): GroupResult<undefined> {
    const { group, request, reply } = join;
    const oldMemberId = assertDefined(group.staticMemberId(groupInstanceId), "the instance id is known");
    const oldLeaderId = group.leaderId;
    const member = group.replaceStaticMember(groupInstanceId, newMemberId);
    this.#context.env.marks.reached("static-member-replaced");
    traceMemberRemoved(this.#context.env, group.groupId, oldMemberId, "another process has its instance id");
    this.#rebalance.restartSession(group, newMemberId, member.sessionTimeoutMs);
    const { protocols, rebalanceTimeoutMs, sessionTimeoutMs } = member;
    group.updateMember(member, { protocols: request.protocols, ...timeoutsOf(request) }, reply);

    if (group.state === "CompletingRebalance") {
      // The leader may be dealing out partitions to the old id now: the new one would get nothing.
      return this.#rebalance.prepareRebalance(group, "static member replaced");
    }
    if (group.state === "PreparingRebalance") return this.#rebalance.maybeCompleteJoinPhase(group);
    if (group.selectProtocol() !== group.protocolName) {
      return this.#rebalance.maybePrepareRebalanceOrCompleteJoin(group, "static member changed the protocol");
    }

    // Stable, and nothing changes for anybody: the new process takes over the share of the old one, without a
    // rebalance. That is what static membership is for. Only the id has to be stored.
    const assignment = new Map([...group.members].map(([id, { assignment }]) => [id, assignment]));
    return {
      records: [{ type: "group-metadata", group: group.groupId, value: group.toRecordValue(assignment) }],
      response: undefined,
      replay: false,
      onCompleted: (error) => {
        // Was it replaced once more meanwhile? Then its join was answered with FENCED_INSTANCE_ID.
        if (group.members.get(newMemberId) !== member) return;
        if (error === Errors.NONE) {
          group.completeJoin(member, takeOverResponse(join, newMemberId, oldLeaderId));
          return;
        }
        group.completeJoin(member, JoinGroupResponse.create({ memberId: "", errorCode: error }));
        group.restoreMember(member, { protocols, rebalanceTimeoutMs, sessionTimeoutMs });
        const restored = group.replaceStaticMember(groupInstanceId, oldMemberId);
        this.#rebalance.restartSession(group, oldMemberId, restored.sessionTimeoutMs);
      },
    };
  }
}

/**
 * Before version 9 a leader that took over cannot be told to skip the assignment; it is made a follower for this
 * generation by naming the old leader.
 */
function takeOverResponse(join: Join, memberId: string, oldLeaderId: string | null) {
  const response = joinResponse(join.group, memberId);
  if (join.context.apiVersion < SKIP_ASSIGNMENT_VERSION) {
    return { ...response, leader: oldLeaderId ?? "", members: [] };
  }
  return { ...response, skipAssignment: join.group.leaderId === memberId };
}

/** Version 0 has no rebalance timeout: the session timeout serves as both. */
function timeoutsOf(request: JoinRequest): { rebalanceTimeoutMs: number; sessionTimeoutMs: number } {
  const { rebalanceTimeoutMs, sessionTimeoutMs } = request;
  return { rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs, sessionTimeoutMs };
}

function fail(reply: JoinReply, memberId: string, errorCode: ErrorCode): GroupResult<undefined> {
  reply(JoinGroupResponse.create({ memberId, errorCode }));
  return NO_CHANGE;
}
