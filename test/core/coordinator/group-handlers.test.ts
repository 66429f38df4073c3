// What differs between API versions, as real clients (kafkajs, librdkafka) speak them.

import { expect, test } from "vitest";
import * as handlers from "../../../core/broker/group-handlers.js";
import type { RequestContext } from "../../../core/broker/request-context.js";
import { GROUP_METADATA_TOPIC } from "../../../core/internal-topics.js";
import { Errors } from "../../../core/errors.js";
import { type ApiName, APIS, type RequestBody, type ResponseBody } from "../../../core/protocol/apis.js";
import { DescribeGroupsRequest } from "../../../core/protocol/messages/describe-groups.js";
import { DeleteGroupsRequest } from "../../../core/protocol/messages/delete-groups.js";
import { FindCoordinatorRequest } from "../../../core/protocol/messages/find-coordinator.js";
import { JoinGroupRequest } from "../../../core/protocol/messages/join-group.js";
import { LeaveGroupRequest } from "../../../core/protocol/messages/leave-group.js";
import { ListGroupsRequest } from "../../../core/protocol/messages/list-groups.js";
import { OffsetCommitRequest } from "../../../core/protocol/messages/offset-commit.js";
import { OffsetDeleteRequest } from "../../../core/protocol/messages/offset-delete.js";
import { OffsetFetchRequest } from "../../../core/protocol/messages/offset-fetch.js";
import { SyncGroupRequest } from "../../../core/protocol/messages/sync-group.js";
import { ByteWriter } from "../../../core/protocol/bytes.js";
import type { NodeEndpoint } from "../../../core/types.js";
import { GROUP, GroupHarness } from "./group-harness.js";

const LEADER: NodeEndpoint = { id: 2, host: "broker-2", port: 9092 };

class Broker {
  readonly harness = new GroupHarness();
  readonly created: string[] = [];
  hasGroupTopic = true;
  leader: NodeEndpoint | undefined = LEADER;
  readonly deps: handlers.GroupHandlerDependencies = {
    groupCoordinator: this.harness.coordinator,
    metadata: {
      hasTopic: (topic) => topic === "orders" || (topic === GROUP_METADATA_TOPIC && this.hasGroupTopic),
      hasPartition: (topic, partition) => topic === "orders" && partition < 2,
      leaderEndpoint: () => (this.hasGroupTopic ? this.leader : undefined),
    },
    createInternalTopic: (topic) => this.created.push(topic),
  };

  /** Calls a handler at a version; the answer must be encodable at that version. */
  ask<A extends ApiName>(
    api: A,
    handle: (deps: handlers.GroupHandlerDependencies, body: RequestBody<A>, context: RequestContext<A>) => void,
    apiVersion: number,
    body: RequestBody<A>,
  ): ResponseBody<A> {
    const answers: ResponseBody<A>[] = [];
    handle(this.deps, body, {
      apiVersion,
      clientId: "app",
      connectionId: 1,
      clientHost: "/10.0.0.1",
      reply: (response) => answers.push(response),
      replyInVersion: (response) => answers.push(response),
      noReply: () => {},
      close: () => {},
    });
    expect(answers).toHaveLength(1);
    APIS[api].response.encode(new ByteWriter(), answers[0] as never, apiVersion);
    return answers[0]!;
  }

  findCoordinator(apiVersion: number, body: Parameters<typeof FindCoordinatorRequest.create>[0]) {
    const request = FindCoordinatorRequest.create(body);
    return this.ask("FindCoordinator", handlers.handleFindCoordinator, apiVersion, request);
  }

  fetch(apiVersion: number, body: Parameters<typeof OffsetFetchRequest.create>[0]) {
    return this.ask("OffsetFetch", handlers.handleOffsetFetch, apiVersion, OffsetFetchRequest.create(body));
  }
}

const joinBody = JoinGroupRequest.create({
  groupId: GROUP,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: new Uint8Array(0) }],
});

test("FindCoordinator v0-3 answers one key, v4+ many", () => {
  const broker = new Broker();
  const one = broker.findCoordinator(1, { key: GROUP });
  expect(one).toMatchObject({ errorCode: Errors.NONE, nodeId: 2, host: "broker-2", port: 9092 });
  const many = broker.findCoordinator(4, { coordinatorKeys: ["a", "b"] });
  expect(many.coordinators).toMatchObject([
    { key: "a", nodeId: 2 },
    { key: "b", nodeId: 2 },
  ]);
});

test("FindCoordinator creates __consumer_offsets, and says COORDINATOR_NOT_AVAILABLE until it has a leader", () => {
  const broker = new Broker();
  broker.hasGroupTopic = false;
  const answer = broker.findCoordinator(3, { key: GROUP });
  expect(answer).toMatchObject({ errorCode: Errors.COORDINATOR_NOT_AVAILABLE, nodeId: -1 });
  expect(broker.created).toEqual([GROUP_METADATA_TOPIC]);
  broker.hasGroupTopic = true;
  broker.leader = undefined;
  expect(broker.findCoordinator(3, { key: GROUP }).errorCode).toBe(Errors.COORDINATOR_NOT_AVAILABLE);
  expect(broker.created).toHaveLength(1);
});

test("FindCoordinator for transactions is refused, not answered with a group's coordinator", () => {
  const answer = new Broker().findCoordinator(4, { keyType: 1, coordinatorKeys: ["t"] });
  expect(answer.coordinators[0]).toMatchObject({ errorCode: Errors.INVALID_REQUEST, nodeId: -1 });
});

test("JoinGroup v5, as kafkajs sends it: MEMBER_ID_REQUIRED, without protocol the empty string", () => {
  const broker = new Broker();
  const answer = broker.ask("JoinGroup", handlers.handleJoinGroup, 5, joinBody);
  expect(answer).toMatchObject({ errorCode: Errors.MEMBER_ID_REQUIRED, protocolName: "" });
  expect(answer.memberId).toMatch(/^app-/);
});

test("SyncGroup v5 must name the protocol (KIP-559), v4 need not", () => {
  const broker = new Broker();
  const body = SyncGroupRequest.create({ groupId: GROUP, memberId: "m", generationId: 1 });
  const v5 = broker.ask("SyncGroup", handlers.handleSyncGroup, 5, body);
  expect(v5.errorCode).toBe(Errors.INCONSISTENT_GROUP_PROTOCOL);
  const v4 = broker.ask("SyncGroup", handlers.handleSyncGroup, 4, body);
  expect(v4.errorCode).toBe(Errors.UNKNOWN_MEMBER_ID);
});

test("LeaveGroup v0-2: one member, whose error is the response's", () => {
  const broker = new Broker();
  const { leader } = broker.harness.stableGroup();
  const leave = (memberId: string) => {
    const body = LeaveGroupRequest.create({ groupId: GROUP, memberId });
    return broker.ask("LeaveGroup", handlers.handleLeaveGroup, 2, body);
  };
  expect(leave("nobody").errorCode).toBe(Errors.UNKNOWN_MEMBER_ID);
  expect(leave(leader).errorCode).toBe(Errors.NONE);
  expect(broker.harness.heartbeat(leader, 1)).toBe(Errors.UNKNOWN_MEMBER_ID);
});

test("OffsetCommit: partitions that do not exist are UNKNOWN_TOPIC_OR_PARTITION, the others are committed", () => {
  const broker = new Broker();
  const partition = (partitionIndex: number) => ({ partitionIndex, committedOffset: 4, committedMetadata: null });
  const body = OffsetCommitRequest.create({
    groupId: GROUP,
    topics: [
      { name: "gone", partitions: [partition(0)] },
      { name: "orders", partitions: [partition(7), partition(0)] },
    ],
  });
  const answer = broker.ask("OffsetCommit", handlers.handleOffsetCommit, 9, body);
  expect(answer.topics).toEqual([
    { name: "gone", partitions: [{ partitionIndex: 0, errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION }] },
    {
      name: "orders",
      partitions: [
        { partitionIndex: 7, errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION },
        { partitionIndex: 0, errorCode: Errors.NONE },
      ],
    },
  ]);
  expect(broker.harness.fetch()).toEqual([[Errors.NONE, 4]]);
});

test("OffsetFetch v4, as kafkajs sends it, and v8 with several groups", () => {
  const broker = new Broker();
  broker.harness.commit(4);
  const topics = [{ name: "orders", partitionIndexes: [0, 1] }];
  const v4 = broker.fetch(4, { groupId: GROUP, topics });
  expect(v4.topics[0]!.partitions.map((partition) => partition.committedOffset)).toEqual([4, -1]);
  expect(broker.fetch(2, { groupId: GROUP, topics: null }).topics[0]!.partitions).toHaveLength(1);
  const v8 = broker.fetch(8, {
    groups: [
      { groupId: GROUP, topics },
      { groupId: "other", topics: null },
    ],
  });
  expect(v8.groups).toMatchObject([{ groupId: GROUP }, { groupId: "other", topics: [], errorCode: Errors.NONE }]);
});

test("OffsetFetch of a coordinator that resigned: v1 says so in each partition, v2+ once", () => {
  const broker = new Broker();
  broker.harness.coordinator.onResigned(GROUP_METADATA_TOPIC, 0, 9);
  const topics = [{ name: "orders", partitionIndexes: [0, 1] }];
  const v1 = broker.fetch(1, { groupId: GROUP, topics });
  expect(v1.topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([16, 16]);
  expect(broker.fetch(7, { groupId: GROUP, topics }).errorCode).toBe(Errors.NOT_COORDINATOR);
  const v8 = broker.fetch(8, { groups: [{ groupId: GROUP, topics }] });
  expect(v8.groups[0]!.errorCode).toBe(Errors.NOT_COORDINATOR);
});

test("DescribeGroups: members with assignment when Stable; an unknown group is Dead, an error from v6", () => {
  const broker = new Broker();
  broker.harness.stableGroup();
  const body = DescribeGroupsRequest.create({ groups: [GROUP, "other"] });
  const v5 = broker.ask("DescribeGroups", handlers.handleDescribeGroups, 5, body);
  expect(v5.groups).toMatchObject([
    { groupId: GROUP, groupState: "Stable", protocolData: "range", members: [{ clientHost: "/10.0.0.1" }, {}] },
    { groupId: "other", groupState: "Dead", errorCode: Errors.NONE },
  ]);
  const v6 = broker.ask("DescribeGroups", handlers.handleDescribeGroups, 6, body);
  expect(v6.groups[1]).toMatchObject({ groupState: "Dead", errorCode: Errors.GROUP_ID_NOT_FOUND });
});

test("DescribeGroups, KIP-430: what may be done to a group is told to those who ask, not of one that is unknown", () => {
  const broker = new Broker();
  broker.harness.stableGroup();
  const operations = (includeAuthorizedOperations: boolean) => {
    const body = DescribeGroupsRequest.create({ groups: [GROUP, "other"], includeAuthorizedOperations });
    const { groups } = broker.ask("DescribeGroups", handlers.handleDescribeGroups, 6, body);
    return groups.map(({ authorizedOperations }) => authorizedOperations);
  };
  expect(operations(true)).toEqual([0xd48, -2147483648]);
  expect(operations(false)).toEqual([-2147483648, -2147483648]);
});

test("ListGroups: by id, filtered by state without regard to case", () => {
  const broker = new Broker();
  broker.harness.stableGroup();
  broker.harness.commit(1, { groupId: "a-simple-one" });
  const list = (statesFilter: string[]) => {
    const body = ListGroupsRequest.create({ statesFilter });
    return broker.ask("ListGroups", handlers.handleListGroups, 5, body).groups.map((group) => group.groupId);
  };
  expect(list([])).toEqual(["a-simple-one", GROUP]);
  expect(list(["stable"])).toEqual([GROUP]);
});

test("DeleteGroups answers for each group", () => {
  const broker = new Broker();
  broker.harness.stableGroup();
  broker.harness.commit(1, { groupId: "old" });
  const body = DeleteGroupsRequest.create({ groupsNames: [GROUP, "old", "never", "old"] });
  const answer = broker.ask("DeleteGroups", handlers.handleDeleteGroups, 2, body);
  expect(answer.results).toEqual([
    { groupId: GROUP, errorCode: Errors.NON_EMPTY_GROUP },
    { groupId: "old", errorCode: Errors.NONE },
    { groupId: "never", errorCode: Errors.GROUP_ID_NOT_FOUND },
  ]);
  expect(broker.harness.fetch(false, "old")).toEqual([[Errors.NONE, -1]]);
});

test("OffsetDelete of an unknown group: GROUP_ID_NOT_FOUND; unknown partitions have their own error", () => {
  const broker = new Broker();
  const body = OffsetDeleteRequest.create({
    groupId: GROUP,
    topics: [{ name: "orders", partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }],
  });
  const ask = () => broker.ask("OffsetDelete", handlers.handleOffsetDelete, 0, body);
  expect(ask().errorCode).toBe(Errors.GROUP_ID_NOT_FOUND);
  broker.harness.commit(3);
  expect(ask().topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([
    Errors.NONE,
    Errors.UNKNOWN_TOPIC_OR_PARTITION,
  ]);
  expect(broker.harness.fetch()).toEqual([[Errors.NONE, -1]]);
});
