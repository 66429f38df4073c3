// Group leader: the member that deals out the partitions of a consumer group.
// The coordinator knows nothing of topics: it hands all subscriptions to one member, the leader, and passes on what
// that member decides. The rule itself is the assignor, by the name the whole group supports.
//
// The leader watches the topics of all members, and waits for the metadata of those it has not heard of: counted as
// empty, they would be dealt out to nobody. What it counted it remembers, since partitions that appear later belong to
// nobody until the group rebalances.

import { assertDefined } from "../assert.js";
import type { Assignor } from "../coordinator/assignors/assignor.js";
import { rangeAssignor } from "../coordinator/assignors/range.js";
import { roundRobinAssignor } from "../coordinator/assignors/round-robin.js";
import { encodeAssignment, subscribedTopicsOf } from "../coordinator/consumer-protocol.js";
import type { ResponseBody } from "../protocol/apis.js";
import type { ClientMetadata } from "./client-metadata.js";

const ASSIGNORS: readonly Assignor[] = [rangeAssignor, roundRobinAssignor];

export type MemberAssignments = { memberId: string; assignment: Uint8Array }[];

interface Task {
  readonly body: ResponseBody<"JoinGroup">;
  readonly onAssigned: (assignments: MemberAssignments) => void;
}

export class GroupLeader {
  private readonly metadata: ClientMetadata;
  private readonly ownTopics: () => readonly string[];
  /** What all members subscribe to, sorted; none unless we lead. */
  private groupTopics: readonly string[] = [];
  /** An assignment that waits for metadata. */
  private task: Task | undefined;
  /** Partitions by topic as the last assignment counted them; 0 for a topic that does not exist yet. */
  private counted: ReadonlyMap<string, number> | undefined;

  /** @param ownTopics what the leader itself subscribes to now */
  constructor(metadata: ClientMetadata, ownTopics: () => readonly string[]) {
    this.metadata = metadata;
    this.ownTopics = ownTopics;
  }

  /** True if the last assignment was computed from partition counts that are no longer those of the metadata. */
  get isOutdated(): boolean {
    return this.counted !== undefined && [...this.counted].some(([topic, count]) => this.countOf(topic) !== count);
  }

  /** Deals the partitions of all subscribed topics out to the members of a JoinGroup answer, at once if it can. */
  assign(body: ResponseBody<"JoinGroup">, onAssigned: (assignments: MemberAssignments) => void): void {
    const topics = new Set(body.members.flatMap((member) => subscribedTopicsOf(member.metadata) ?? []));
    this.groupTopics = [...topics].sort();
    this.task = { body, onAssigned };
    this.watch();
    this.continue();
  }

  /** The metadata changed: perhaps what an assignment waits for is there. */
  continue(): void {
    if (this.task === undefined) return;
    const { body, onAssigned } = this.task;
    if (!this.groupTopics.every((topic) => this.metadata.isAnswered(topic))) return;
    this.task = undefined;
    const counted = new Map(this.groupTopics.map((topic) => [topic, this.countOf(topic)]));
    this.counted = counted;
    onAssigned(computeAssignments(body, counted));
  }

  /** The generation is over, or another member leads it: nothing is waited for or compared any more. */
  resign(): void {
    this.groupTopics = [];
    this.task = undefined;
    this.counted = undefined;
  }

  /**
   * Asks for the metadata of what this member and, if it leads, the others subscribe to. Its own topics may be others
   * by now than those the group has seen.
   */
  watch(): void {
    this.metadata.setTopics([...new Set([...this.groupTopics, ...this.ownTopics()])].sort());
  }

  private countOf(topic: string): number {
    return this.metadata.topic(topic)?.partitions.length ?? 0;
  }
}

function computeAssignments(
  body: ResponseBody<"JoinGroup">,
  partitionCounts: ReadonlyMap<string, number>,
): MemberAssignments {
  const assignor = assertDefined(
    ASSIGNORS.find((candidate) => candidate.name === body.protocolName),
    "the coordinator chooses a protocol every member offered",
  );
  const members = body.members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    topics: subscribedTopicsOf(member.metadata) ?? [],
  }));
  const existing = new Map([...partitionCounts].filter(([, count]) => count > 0));
  const plan = assignor.assign(members, existing);
  return [...plan].map(([memberId, partitions]) => ({ memberId, assignment: encodeAssignment(partitions) }));
}
