// A consumer in a scripted world: one topic of one partition, its log, and, if a test wants one, a coordinator.
// The log is the test's to change; the answers follow it.

import { Consumer } from "../../../core/client/consumer.js";
import type { ConsumerError } from "../../../core/client/consumer-record.js";
import { CONSUMER_CONFIG } from "../../../core/config/client-config.js";
import { type ConfigOverrides, parseConfig } from "../../../core/config/definition.js";
import { encodeAssignment } from "../../../core/coordinator/consumer-protocol.js";
import { Errors } from "../../../core/errors.js";
import { encodeBatch } from "../../../core/log/record-batch.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { answerBasics, type FakeTopic, run, ScriptedNetwork, text, topicIdOf, utf8 } from "./scripted-network.js";

export const P0 = { topic: "orders", partition: 0 };

/** A one-partition log; `logStart` may be past what was written before. */
export class FakeLog {
  readonly values: string[] = [];
  logStart = 0;
  epoch = 5;
  readonly committed = new Map<number, { offset: number; leaderEpoch: number }>();
  /** End offset of the position's epoch as the leader sees it; undefined: the log end. */
  epochEnd: number | undefined;
}

export interface World {
  readonly env: FakeEnvironment;
  readonly network: ScriptedNetwork;
  readonly topic: FakeTopic;
  readonly log: FakeLog;
  readonly consumer: Consumer;
  readonly errors: ConsumerError[];
  /** Polls every 10 ms for `ms` and returns what it got. */
  consume(ms: number): string[];
}

export function world(overrides: ConfigOverrides = {}): World {
  const env = new FakeEnvironment({ nodeId: 200 });
  const network = new ScriptedNetwork();
  const topic: FakeTopic = { name: "orders", leaders: [1], leaderEpoch: 5 };
  const log = new FakeLog();
  answerBasics(network, [topic]);
  answerFetches(network, log);
  const config = parseConfig(CONSUMER_CONFIG, { "bootstrap.servers": "broker-1:9092", ...overrides });
  const consumer = new Consumer(env, config, network);
  const errors: ConsumerError[] = [];
  consumer.onError = (error) => errors.push(error);
  const consume = (ms: number): string[] => {
    const values: string[] = [];
    for (let step = 0; step < ms; step += 10) {
      run(env, network, 10);
      for (const record of consumer.poll()) values.push(text(record.value));
    }
    return values;
  };
  return { env, network, topic, log, consumer, errors, consume };
}

function answerFetches(network: ScriptedNetwork, log: FakeLog): void {
  const sessions = { next: 1, remembered: new Map<number, number>() };
  network.on("Fetch", (body) => {
    for (const { partitions } of body.topics) {
      for (const { partition, fetchOffset } of partitions) sessions.remembered.set(partition, fetchOffset);
    }
    const offset = sessions.remembered.get(0) ?? 0;
    const sessionId = body.sessionId === 0 ? sessions.next++ : body.sessionId;
    if (offset >= log.logStart && offset === log.values.length) return "hold";
    const base = { partitionIndex: 0, highWatermark: log.values.length, logStartOffset: log.logStart };
    if (offset < log.logStart || offset > log.values.length) {
      const partitions = [{ ...base, errorCode: Errors.OFFSET_OUT_OF_RANGE, records: null }];
      return { sessionId, responses: [{ topicId: topicIdOf("orders"), partitions }] };
    }
    const data = log.values.slice(offset).map((value) => ({ key: null, value: utf8(value), timestampMs: 1 }));
    const records = encodeBatch(data, { baseOffset: offset, leaderEpoch: log.epoch });
    return {
      sessionId,
      responses: [{ topicId: topicIdOf("orders"), partitions: [{ ...base, errorCode: 0, records }] }],
    };
  });
  network.on("ListOffsets", (body) => ({
    topics: body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => ({
        partitionIndex,
        errorCode: 0,
        offset: timestamp === -2 ? log.logStart : log.values.length,
        leaderEpoch: log.epoch,
      })),
    })),
  }));
  network.on("OffsetForLeaderEpoch", (body) => ({
    topics: body.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, leaderEpoch }) => ({
        partition,
        errorCode: 0,
        leaderEpoch,
        endOffset: log.epochEnd ?? log.values.length,
      })),
    })),
  }));
  network.on("OffsetCommit", (body) => {
    for (const { partitions } of body.topics) {
      for (const { partitionIndex, committedOffset, committedLeaderEpoch } of partitions) {
        log.committed.set(partitionIndex, { offset: committedOffset, leaderEpoch: committedLeaderEpoch });
      }
    }
    return { topics: [] };
  });
  network.on("OffsetFetch", (body) => ({
    groups: body.groups.map(({ groupId, topics }) => ({
      groupId,
      errorCode: 0,
      topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          committedOffset: log.committed.get(partitionIndex)?.offset ?? -1,
          committedLeaderEpoch: log.committed.get(partitionIndex)?.leaderEpoch ?? -1,
          errorCode: 0,
        })),
      })),
    })),
  }));
}

/** A coordinator that asks for member ids and makes the consumer leader of a group of one. */
export function answerGroup(network: ScriptedNetwork): { generation: number; heartbeat: number; leaves: number } {
  const group = { generation: 0, heartbeat: 0, leaves: 0 };
  network.on("JoinGroup", (body) => {
    if (body.memberId === "") return { errorCode: Errors.MEMBER_ID_REQUIRED, memberId: "member-1" };
    group.generation += 1;
    group.heartbeat = 0;
    const members = [{ memberId: body.memberId, metadata: body.protocols[0]!.metadata }];
    const { memberId } = body;
    const protocolName = body.protocols[0]!.name;
    return { generationId: group.generation, protocolName, leader: memberId, memberId, members };
  });
  network.on("SyncGroup", (body) => ({ assignment: body.assignments[0]?.assignment ?? encodeAssignment([]) }));
  network.on("Heartbeat", () => ({ errorCode: group.heartbeat }));
  network.on("LeaveGroup", () => {
    group.leaves += 1;
    return {};
  });
  return group;
}
