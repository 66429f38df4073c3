// What the rules of classic groups share: the ports and settings of their shard, and how they report what they did.
// Made once for each shard.

import type { BrokerConfig } from "../config/broker-config.js";
import type { Environment } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import { compareStrings } from "../types.js";
import type { ClassicGroup, ClassicGroupState } from "./classic-group.js";
import type { GroupResult } from "./group-records.js";

/** What a request tells about its sender beside its body. */
export interface GroupRequestContext {
  readonly apiVersion: number;
  readonly clientId: string;
  readonly clientHost: string;
}

export interface GroupContext {
  readonly env: Environment;
  readonly config: BrokerConfig;
  /** Runs a timer's decision as a write of the shard. */
  write(decide: () => GroupResult<undefined>): void;
}

export function traceTransition(env: Environment, group: ClassicGroup, from: ClassicGroupState, reason: string): void {
  if (!env.trace.enabled) return;
  env.trace.emit({
    type: "group.transitioned",
    group: group.groupId,
    from,
    to: group.state,
    generationId: group.generationId,
    members: [...group.members.keys()].sort(compareStrings),
    reason,
  });
}

export function traceMemberRemoved(env: Environment, group: string, memberId: string, reason: string): void {
  if (env.trace.enabled) env.trace.emit({ type: "group.member-removed", group, memberId, reason });
}

export function traceMemberLeftBehind(env: Environment, group: ClassicGroup, memberId: string): void {
  if (!env.trace.enabled) return;
  const { groupId, generationId } = group;
  env.trace.emit({ type: "group.member-left-behind", group: groupId, memberId, generationId });
}

/** A request of somebody who is not, or no longer, the member it says it is. */
export function traceFenced(
  env: Environment,
  group: string,
  request: { readonly memberId: string; readonly generationId: number },
  error: ErrorCode,
): void {
  if (error === Errors.ILLEGAL_GENERATION) env.marks.reached("generation-fenced");
  if (error === Errors.FENCED_INSTANCE_ID) env.marks.reached("instance-fenced");
  if (!env.trace.enabled) return;
  const { memberId, generationId } = request;
  env.trace.emit({ type: "group.request-fenced", group, memberId, generationId, error });
}
