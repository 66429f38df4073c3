// Bytes kafkajs writes must mean to us what it meant by them, and it must read what we answer.

import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { APIS, apiKeyOf } from "../../../core/protocol/apis.js";
import type { ApiName } from "../../../core/protocol/apis.js";
import { encodeResponse } from "../../../core/protocol/frame.js";
import type { MessageSchema } from "../../../core/protocol/schema.js";
import { expectSameRequest } from "./golden.js";

// kafkajs 2.2.4, run here: its encoders write a request, its decoders read our response.
const require = createRequire(import.meta.url);
const kafkajs = (path: string): unknown => require(`kafkajs/src/protocol/${path}`) as unknown;
type Encoded = { buffer: Buffer };
const frameRequest = kafkajs("request") as (message: object) => Promise<Encoded>;

async function kafkajsRequest(folder: string, version: number, options: object): Promise<string> {
  const build = kafkajs(`requests/${folder}/v${version}/request`) as (options: object) => object;
  const encoded = await frameRequest({ correlationId: 77, clientId: "kafkajs", request: build(options) });
  return Buffer.from(encoded.buffer).toString("hex");
}

async function kafkajsReads(folder: string, api: ApiName, version: number, body: object): Promise<unknown> {
  const message = kafkajs(`requests/${folder}/v${version}/response`) as { decode: (raw: Buffer) => Promise<unknown> };
  const response = (APIS[api].response as unknown as MessageSchema).create(body as never);
  const frame = encodeResponse({
    kind: "response",
    apiKey: apiKeyOf(api),
    apiVersion: version,
    correlationId: 77,
    body: response,
  });
  return message.decode(Buffer.from(frame.subarray(8)));
}

/** folder, API, version, options for kafkajs, the same request in our words. */
const KAFKAJS: readonly (readonly [string, ApiName, number, object, object])[] = [
  ["apiVersions", "ApiVersions", 2, {}, {}],
  ["metadata", "Metadata", 6, { topics: ["a", "bé"] }, { topics: [{ name: "a" }, { name: "bé" }] }],
  [
    "fetch",
    "Fetch",
    11,
    {
      replicaId: -1,
      maxWaitTime: 500,
      minBytes: 1,
      maxBytes: 1048576,
      isolationLevel: 1,
      topics: [{ topic: "orders", partitions: [{ partition: 2, fetchOffset: "4294967297", maxBytes: 1000 }] }],
      rackId: "r1",
    },
    {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1048576,
      isolationLevel: 1,
      topics: [{ topic: "orders", partitions: [{ partition: 2, fetchOffset: 4294967297, partitionMaxBytes: 1000 }] }],
      rackId: "r1",
    },
  ],
  [
    "listOffsets",
    "ListOffsets",
    3,
    {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ topic: "orders", partitions: [{ partition: 1, timestamp: "-1" }] }],
    },
    {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 1, timestamp: -1 }] }],
    },
  ],
  [
    "offsetCommit",
    "OffsetCommit",
    5,
    {
      groupId: "g",
      groupGenerationId: 4,
      memberId: "m",
      topics: [{ topic: "orders", partitions: [{ partition: 0, offset: "12", metadata: "x" }] }],
    },
    {
      groupId: "g",
      generationIdOrMemberEpoch: 4,
      memberId: "m",
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, committedOffset: 12, committedMetadata: "x" }] }],
    },
  ],
  [
    "offsetFetch",
    "OffsetFetch",
    4,
    { groupId: "g", topics: [{ topic: "orders", partitions: [{ partition: 0 }, { partition: 3 }] }] },
    { groupId: "g", topics: [{ name: "orders", partitionIndexes: [0, 3] }] },
  ],
  ["findCoordinator", "FindCoordinator", 2, { coordinatorKey: "g", coordinatorType: 0 }, { key: "g" }],
  [
    "joinGroup",
    "JoinGroup",
    5,
    {
      groupId: "g",
      sessionTimeout: 30000,
      rebalanceTimeout: 60000,
      memberId: "",
      protocolType: "consumer",
      groupProtocols: [{ name: "RoundRobinAssigner", metadata: Buffer.from("abc") }],
    },
    {
      groupId: "g",
      sessionTimeoutMs: 30000,
      rebalanceTimeoutMs: 60000,
      protocolType: "consumer",
      protocols: [{ name: "RoundRobinAssigner", metadata: Uint8Array.of(97, 98, 99) }],
    },
  ],
  [
    "leaveGroup",
    "LeaveGroup",
    3,
    { groupId: "g", members: [{ memberId: "m" }] },
    { groupId: "g", members: [{ memberId: "m", groupInstanceId: null }] },
  ],
  [
    "initProducerId",
    "InitProducerId",
    1,
    { transactionalId: "t", transactionTimeout: 5000 },
    { transactionalId: "t", transactionTimeoutMs: 5000 },
  ],
  [
    "createTopics",
    "CreateTopics",
    3,
    {
      topics: [
        {
          topic: "orders",
          numPartitions: 3,
          replicationFactor: 2,
          configEntries: [{ name: "retention.ms", value: "1000" }],
        },
      ],
      validateOnly: true,
      timeout: 5000,
    },
    {
      topics: [
        {
          name: "orders",
          numPartitions: 3,
          replicationFactor: 2,
          configs: [{ name: "retention.ms", value: "1000" }],
        },
      ],
      timeoutMs: 5000,
      validateOnly: true,
    },
  ],
  ["deleteTopics", "DeleteTopics", 1, { topics: ["a"], timeout: 9 }, { topicNames: ["a"], timeoutMs: 9 }],
  [
    "deleteRecords",
    "DeleteRecords",
    1,
    { topics: [{ topic: "a", partitions: [{ partition: 0, offset: "7" }] }], timeout: 9 },
    { topics: [{ name: "a", partitions: [{ partitionIndex: 0, offset: 7 }] }], timeoutMs: 9 },
  ],
  ["describeGroups", "DescribeGroups", 2, { groupIds: ["a", "b"] }, { groups: ["a", "b"] }],
  // Flexible from version 0 on: compact arrays, tagged fields, header v2.
  [
    "alterPartitionReassignments",
    "AlterPartitionReassignments",
    0,
    { topics: [{ topic: "a", partitionAssignment: [{ partition: 1, replicas: [2, 3] }] }], timeout: 8 },
    { timeoutMs: 8, topics: [{ name: "a", partitions: [{ partitionIndex: 1, replicas: [2, 3] }] }] },
  ],
];

for (const [folder, api, version, options, body] of KAFKAJS) {
  test(`kafkajs 2.2.4: ${api} v${version} is read and written byte for byte`, async () => {
    const hex = await kafkajsRequest(folder, version, options);
    expectSameRequest({ api, version, clientId: "kafkajs", correlationId: 77, hex, body });
  });
}

test("kafkajs 2.2.4 reads our answers", async () => {
  expect(
    await kafkajsReads("metadata", "Metadata", 6, {
      brokers: [{ nodeId: 1, host: "b1", port: 9092 }],
      clusterId: "c",
      controllerId: 1,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }] }],
    }),
  ).toMatchObject({
    brokers: [{ nodeId: 1, host: "b1", port: 9092, rack: null }],
    clusterId: "c",
    controllerId: 1,
    topicMetadata: [{ topic: "orders", partitionMetadata: [{ partitionId: 0, leader: 1, replicas: [1], isr: [1] }] }],
  });
  expect(
    await kafkajsReads("listOffsets", "ListOffsets", 3, {
      topics: [{ name: "orders", partitions: [{ partitionIndex: 1, timestamp: -1, offset: 42 }] }],
    }),
  ).toMatchObject({ responses: [{ topic: "orders", partitions: [{ partition: 1, errorCode: 0, offset: "42" }] }] });
  expect(
    await kafkajsReads("joinGroup", "JoinGroup", 5, {
      generationId: 3,
      protocolName: "range",
      leader: "m1",
      memberId: "m1",
      members: [{ memberId: "m1", metadata: Uint8Array.of(1, 2) }],
    }),
  ).toMatchObject({
    generationId: 3,
    groupProtocol: "range",
    leaderId: "m1",
    memberId: "m1",
    members: [{ memberId: "m1", groupInstanceId: null, memberMetadata: Buffer.from([1, 2]) }],
  });
  expect(
    await kafkajsReads("produce", "Produce", 7, {
      responses: [{ name: "orders", partitionResponses: [{ index: 2, baseOffset: 5, logStartOffset: 1 }] }],
    }),
  ).toMatchObject({
    topics: [
      { topicName: "orders", partitions: [{ partition: 2, errorCode: 0, baseOffset: "5", logStartOffset: "1" }] },
    ],
  });
  expect(await kafkajsReads("findCoordinator", "FindCoordinator", 2, { nodeId: 2, host: "h", port: 3 })).toMatchObject({
    coordinator: { nodeId: 2, host: "h", port: 3 },
  });
});
