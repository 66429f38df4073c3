// Rebalance of a classic group: how the join phase begins and ends, how the sync phase ends, and who is thrown out.
// The table and the transitions these rules implement stand in classic-group.ts. All of them run as decisions of the
// group's shard; the timers here turn silence into decisions.

import { assert } from "../assert.js";
import type { Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import type { RequestBody } from "../protocol/apis.js";
import { JoinGroupResponse } from "../protocol/messages/join-group.js";
import { SyncGroupResponse } from "../protocol/messages/sync-group.js";
import { EMPTY_BYTES } from "../protocol/schema.js";
import type { ClassicGroup } from "./classic-group.js";
import type { ClassicGroupMember } from "./classic-group-member.js";
import { type GroupContext, traceMemberLeftBehind, traceMemberRemoved, traceTransition } from "./group-context.js";
import { type GroupResult, NO_CHANGE } from "./group-records.js";
import { SessionTimer } from "./session-timer.js";

/** A phase timer of a group: one alarm, whose meaning is what was scheduled last. */
interface Phase {
  readonly timer: Timer;
  onEnd: () => GroupResult<undefined>;
}

export class ClassicGroupRebalance {
  readonly #context: GroupContext;
  readonly #joinPhases = new Map<ClassicGroup, Phase>();
  readonly #syncPhases = new Map<ClassicGroup, Phase>();

  constructor(context: GroupContext) {
    this.#context = context;
  }

  /** Begins a rebalance if the group may; else ends the join phase if that was the last thing it waited for. */
  maybePrepareRebalanceOrCompleteJoin(group: ClassicGroup, reason: string): GroupResult<undefined> {
    return group.canRebalance ? this.prepareRebalance(group, reason) : this.maybeCompleteJoinPhase(group);
  }

  /** Begins a rebalance: everybody has to join again. */
  prepareRebalance(group: ClassicGroup, reason: string): GroupResult<undefined> {
    // Were members waiting for their assignment? It will not come: they have to join the next generation.
    if (group.state === "CompletingRebalance") this.#resetAssignment(group, Errors.REBALANCE_IN_PROGRESS);
    group.pendingSyncMembers.clear();
    this.#syncPhases.get(group)?.timer.cancel();

    const from = group.state;
    group.transitionTo("PreparingRebalance", this.#context.env.clock.wallMs());
    traceTransition(this.#context.env, group, from, reason);

    // A new group waits a little for more members, so that n consumers starting together cost one rebalance, not n.
    if (from === "Empty") {
      const delayMs = this.#context.config["group.initial.rebalance.delay.ms"];
      const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0);
      this.#scheduleInitialRebalance(group, delayMs, remainingMs);
      return NO_CHANGE;
    }
    if (group.hasAllMembersJoined) return this.#completeJoin(group);
    this.#schedule(this.#joinPhases, "group-join", group, group.rebalanceTimeoutMs, () => this.#completeJoin(group));
    return NO_CHANGE;
  }

  /** Ends the join phase if everybody is there. The initial rebalance ends by its delay alone. */
  maybeCompleteJoinPhase(group: ClassicGroup): GroupResult<undefined> {
    const isInitial = group.previousState === "Empty";
    if (group.state !== "PreparingRebalance" || isInitial || !group.hasAllMembersJoined) return NO_CHANGE;
    return this.#completeJoin(group);
  }

  /** The leader's assignment is to be stored; when it is, everybody learns his share and the group is Stable. */
  storeAssignment(group: ClassicGroup, request: RequestBody<"SyncGroup">): GroupResult<undefined> {
    const { generationId } = group;
    // Members the leader left out own nothing.
    const assignment = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    return {
      records: [{ type: "group-metadata", group: group.groupId, value: group.toRecordValue(assignment) }],
      response: undefined,
      replay: false,
      onCompleted: (error) => {
        // Did a join or a failure begin another rebalance meanwhile? Then this assignment is of the past.
        if (group.state !== "CompletingRebalance" || group.generationId !== generationId) return;
        if (error !== Errors.NONE) {
          this.#resetAssignment(group, error);
          this.maybePrepareRebalanceOrCompleteJoin(group, "the assignment could not be stored");
          return;
        }
        for (const member of group.members.values()) {
          member.assignment = assignment.get(member.memberId) ?? EMPTY_BYTES;
        }
        this.#answerSyncs(group, Errors.NONE);
        group.transitionTo("Stable", this.#context.env.clock.wallMs());
        traceTransition(this.#context.env, group, "CompletingRebalance", "assignment stored");
      },
    };
  }

  /** A member asked for its assignment; when all have, no time limit is left. */
  syncReceived(group: ClassicGroup, memberId: string): void {
    group.pendingSyncMembers.delete(memberId);
    if (group.pendingSyncMembers.size === 0) this.#syncPhases.get(group)?.timer.cancel();
  }

  /** Counts the member's silence anew. */
  restartSession(group: ClassicGroup, memberId: string, timeoutMs: number): void {
    let session = group.sessions.get(memberId);
    if (session === undefined) {
      const { clock, timers } = this.#context.env;
      const onExpired = (): void => this.#context.write(() => this.#expireSession(group, memberId));
      session = new SessionTimer(clock, timers, onExpired);
      group.sessions.set(memberId, session);
    }
    session.restart(timeoutMs);
  }

  /** Takes a member out at its own or an administrator's wish; the caller then looks whether to rebalance. */
  removeMember(group: ClassicGroup, member: ClassicGroupMember, reason: string): void {
    // A new member whose join is parked may still be alive: UNKNOWN_MEMBER_ID makes it join again.
    group.completeJoin(member, JoinGroupResponse.create({ memberId: "", errorCode: Errors.UNKNOWN_MEMBER_ID }));
    group.remove(member.memberId);
    traceMemberRemoved(this.#context.env, group.groupId, member.memberId, reason);
  }

  /** Forgets a group and all its alarms. */
  forget(group: ClassicGroup, reason: string): void {
    this.#joinPhases.get(group)?.timer.cancel();
    this.#syncPhases.get(group)?.timer.cancel();
    this.#joinPhases.delete(group);
    this.#syncPhases.delete(group);
    for (const session of group.sessions.values()) session.cancel();
    const from = group.state;
    group.transitionTo("Dead", this.#context.env.clock.wallMs());
    traceTransition(this.#context.env, group, from, reason);
  }

  #scheduleInitialRebalance(group: ClassicGroup, delayMs: number, remainingMs: number): void {
    this.#schedule(this.#joinPhases, "group-join", group, delayMs, () => {
      if (!group.newMemberAdded || remainingMs === 0) return this.#completeJoin(group);
      group.newMemberAdded = false;
      const nextDelayMs = Math.min(this.#context.config["group.initial.rebalance.delay.ms"], remainingMs);
      this.#scheduleInitialRebalance(group, nextDelayMs, Math.max(remainingMs - delayMs, 0));
      return NO_CHANGE;
    });
  }

  /** Ends the join phase, in steps. */
  #completeJoin(group: ClassicGroup): GroupResult<undefined> {
    this.#joinPhases.get(group)?.timer.cancel();
    if (group.state !== "PreparingRebalance") return NO_CHANGE;

    // 1. Dynamic members that did not rejoin are gone. Static ones stay until their session ends: they may restart.
    for (const member of group.notYetRejoined()) {
      if (member.isStatic) traceMemberLeftBehind(this.#context.env, group, member.memberId);
      else this.removeMember(group, member, "did not rejoin in time");
    }

    // 2. Nobody of those who remain rejoined? Then there is no leader to ask: wait once more.
    if (group.members.size > 0 && !group.maybeElectNewJoinedLeader()) {
      this.#context.env.marks.reached("nobody-rejoined");
      this.#schedule(this.#joinPhases, "group-join", group, group.rebalanceTimeoutMs, () => this.#completeJoin(group));
      return NO_CHANGE;
    }

    // 3. The next generation.
    group.initNextGeneration(this.#context.env.clock.wallMs());
    if (group.members.size === 0) {
      traceTransition(this.#context.env, group, "PreparingRebalance", "no members");
      const value = group.toRecordValue(new Map());
      // If this is lost, the next coordinator loads the generation before, whose members expire: harmless.
      return { records: [{ type: "group-metadata", group: group.groupId, value }], response: undefined, replay: false };
    }
    traceTransition(this.#context.env, group, "PreparingRebalance", "join phase ended");

    // 4. Everybody learns of it; the leader also who is there.
    for (const member of group.sortedMembers()) {
      const { memberId } = member;
      group.completeJoin(member, joinResponse(group, memberId));
      this.restartSession(group, memberId, member.sessionTimeoutMs);
      member.isNew = false;
      group.pendingSyncMembers.add(memberId);
    }

    // 5. Members that never ask for their assignment must not keep their partitions idle for ever.
    const { generationId } = group;
    this.#schedule(this.#syncPhases, "group-sync", group, group.rebalanceTimeoutMs, () =>
      this.#expirePendingSync(group, generationId),
    );
    return NO_CHANGE;
  }

  #expirePendingSync(group: ClassicGroup, generationId: number): GroupResult<undefined> {
    const isSyncing = group.state === "CompletingRebalance" || group.state === "Stable";
    if (group.generationId !== generationId || !isSyncing || group.pendingSyncMembers.size === 0) return NO_CHANGE;
    this.#context.env.marks.reached("member-never-synced");
    for (const memberId of [...group.pendingSyncMembers].sort()) {
      group.remove(memberId);
      traceMemberRemoved(this.#context.env, group.groupId, memberId, "did not sync in time");
    }
    return this.prepareRebalance(group, "members did not sync in time");
  }

  #expireSession(group: ClassicGroup, memberId: string): GroupResult<undefined> {
    if (group.pendingJoinMembers.has(memberId)) {
      group.remove(memberId);
      traceMemberRemoved(this.#context.env, group.groupId, memberId, "never joined with its member id");
    } else {
      const member = group.members.get(memberId);
      if (member === undefined || member.hasSatisfiedHeartbeat) return NO_CHANGE;
      this.removeMember(group, member, "session expired");
      if (group.state === "Stable" || group.state === "CompletingRebalance") {
        return this.maybePrepareRebalanceOrCompleteJoin(group, "session of a member expired");
      }
    }
    const waitedForIt = group.state === "PreparingRebalance" && group.hasAllMembersJoined;
    return waitedForIt ? this.#completeJoin(group) : NO_CHANGE;
  }

  /** Takes back an assignment under way: those who wait for it are told `error`. */
  #resetAssignment(group: ClassicGroup, error: ErrorCode): void {
    assert(group.state === "CompletingRebalance", "an assignment is under way only while a rebalance completes");
    for (const member of group.members.values()) member.assignment = EMPTY_BYTES;
    this.#answerSyncs(group, error);
  }

  #answerSyncs(group: ClassicGroup, errorCode: ErrorCode): void {
    const told = errorCode === Errors.NONE ? group : { protocolType: null, protocolName: null };
    for (const member of group.sortedMembers()) {
      const { protocolType, protocolName } = told;
      const { assignment, memberId } = member;
      const body = SyncGroupResponse.create({ errorCode, protocolType, protocolName, assignment });
      // Its session may have run out while it was parked, which was overlooked: it starts anew.
      if (group.completeSync(member, body)) this.restartSession(group, memberId, member.sessionTimeoutMs);
    }
  }

  #schedule(
    phases: Map<ClassicGroup, Phase>,
    name: string,
    group: ClassicGroup,
    delayMs: number,
    onEnd: () => GroupResult<undefined>,
  ): void {
    let phase = phases.get(group);
    if (phase === undefined) {
      const decide = (): GroupResult<undefined> => phases.get(group)?.onEnd() ?? NO_CHANGE;
      phase = { timer: this.#context.env.timers.create(name, () => this.#context.write(decide)), onEnd };
      phases.set(group, phase);
    }
    phase.onEnd = onEnd;
    phase.timer.arm(delayMs);
  }
}

/** What a member is told of the current generation. */
export function joinResponse(group: ClassicGroup, memberId: string): ReturnType<typeof JoinGroupResponse.create> {
  const { generationId, protocolType, protocolName } = group;
  const leader = group.leaderId ?? "";
  return JoinGroupResponse.create({
    memberId,
    generationId,
    protocolType,
    protocolName,
    leader,
    members: leader === memberId ? describeToLeader(group) : [],
  });
}

function describeToLeader(group: ClassicGroup) {
  return group.sortedMembers().map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.identity.groupInstanceId,
    metadata: member.metadata(group.protocolName),
  }));
}
