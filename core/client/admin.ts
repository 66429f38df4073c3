// Admin: changes and describes the cluster: topics, configurations, elections, reassignments, groups, records.
// Requests meant for the controller go to the broker that metadata names in its place, which forwards them (KIP-590).
// Every call ends in its callback once, with the answer as the broker gave it: each item of it carries its own error code.

import type { AdminConfig } from "../config/client-config.js";
import type { Environment } from "../environment.js";
import { Errors } from "../errors.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import type { NodeId, Offset, TopicPartition } from "../types.js";
import { type AdminCallback, AdminRequests, type AdminTarget, failed, gather } from "./admin-requests.js";
import { ClientMetadata } from "./client-metadata.js";
import { type ClientNetwork, createClientNetwork } from "./client-network.js";
import { type OffsetAnswer, OffsetLookup, type OffsetQuery } from "./offset-lookup.js";

export interface NewTopic {
  readonly name: string;
  /** −1: the broker's default. */
  readonly numPartitions?: number;
  /** −1: the broker's default. */
  readonly replicationFactor?: number;
  /** Replicas by partition, instead of the two numbers. */
  readonly assignments?: readonly (readonly NodeId[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

export type ConfigResource =
  { readonly type: "topic"; readonly name: string } | { readonly type: "broker"; readonly name: string };

export interface ConfigChange {
  readonly name: string;
  readonly operation: "set" | "delete" | "append" | "subtract";
  readonly value?: string;
}

export interface Reassignment extends TopicPartition {
  /** Null cancels a running reassignment. */
  readonly replicas: readonly NodeId[] | null;
}

type Topics<A extends "CreateTopics"> = ResponseBody<A>["topics"];

const RESOURCE_TYPE = { topic: 2, broker: 4 } as const;
const CONFIG_OPERATION = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
const ELECTION_TYPE = { preferred: 0, unclean: 1 } as const;

export class Admin {
  private readonly network: ClientNetwork;
  private readonly metadata: ClientMetadata;
  private readonly requests: AdminRequests;
  private readonly lookup: OffsetLookup;
  private readonly timeoutMs: number;

  /** @param network for tests; left out: connections over `env.network` */
  constructor(env: Environment, config: AdminConfig, network?: ClientNetwork) {
    this.network = network ?? createClientNetwork(env, config);
    this.metadata = new ClientMetadata(env, this.network, config, false);
    this.requests = new AdminRequests(env, this.network, this.metadata, config);
    this.lookup = new OffsetLookup(env, this.network, this.metadata, config, 0);
    this.timeoutMs = config["default.api.timeout.ms"];
    this.metadata.start();
  }

  createTopics(topics: readonly NewTopic[], onDone: AdminCallback<Topics<"CreateTopics">>): void {
    const createBody = (timeoutMs: number) =>
      APIS.CreateTopics.request.create({
        timeoutMs,
        topics: topics.map((topic) => ({
          name: topic.name,
          numPartitions: topic.assignments === undefined ? (topic.numPartitions ?? -1) : -1,
          replicationFactor: topic.assignments === undefined ? (topic.replicationFactor ?? -1) : -1,
          assignments: (topic.assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
        })),
      });
    const errorsOf = (answer: ResponseBody<"CreateTopics">) => answer.topics.map((topic) => topic.errorCode);
    this.requests.send({ kind: "controller" }, "CreateTopics", createBody, errorsOf, (result) =>
      onDone(result.ok ? { ok: true, value: result.value.topics } : result),
    );
  }

  deleteTopics(names: readonly string[], onDone: AdminCallback<ResponseBody<"DeleteTopics">["responses"]>): void {
    const topics = names.map((name) => ({ name }));
    const createBody = (timeoutMs: number) => APIS.DeleteTopics.request.create({ topics, timeoutMs });
    const errorsOf = (answer: ResponseBody<"DeleteTopics">) => answer.responses.map((topic) => topic.errorCode);
    this.requests.send({ kind: "controller" }, "DeleteTopics", createBody, errorsOf, (result) =>
      onDone(result.ok ? { ok: true, value: result.value.responses } : result),
    );
  }

  /** Grows a topic to `count` partitions in all. */
  createPartitions(
    topic: string,
    count: number,
    onDone: AdminCallback<ResponseBody<"CreatePartitions">["results"]>,
    assignments: readonly (readonly NodeId[])[] | null = null,
  ): void {
    const chosen = assignments === null ? null : assignments.map((brokerIds) => ({ brokerIds }));
    const topics = [{ name: topic, count, assignments: chosen }];
    const createBody = (timeoutMs: number) => APIS.CreatePartitions.request.create({ topics, timeoutMs });
    const errorsOf = (answer: ResponseBody<"CreatePartitions">) => answer.results.map((entry) => entry.errorCode);
    this.requests.send({ kind: "controller" }, "CreatePartitions", createBody, errorsOf, (result) =>
      onDone(result.ok ? { ok: true, value: result.value.results } : result),
    );
  }

  describeCluster(onDone: AdminCallback<ResponseBody<"DescribeCluster">>): void {
    const body = APIS.DescribeCluster.request.create({});
    this.requests.send(
      { kind: "any" },
      "DescribeCluster",
      () => body,
      (answer) => [answer.errorCode],
      onDone,
    );
  }

  /** Leaders, replicas and ISR of topics; of all topics if none are named. */
  describeTopics(names: readonly string[] | null, onDone: AdminCallback<ResponseBody<"Metadata">["topics"]>): void {
    const topics = names === null ? null : names.map((name) => ({ name }));
    const body = APIS.Metadata.request.create({ topics, allowAutoTopicCreation: false });
    this.requests.send(
      { kind: "any" },
      "Metadata",
      () => body,
      (answer) => [answer.errorCode],
      (result) => onDone(result.ok ? { ok: true, value: result.value.topics } : result),
    );
  }

  /** A broker takes changes of its own settings only: each broker's go to it, all others in one request to any. */
  incrementalAlterConfigs(
    changes: readonly { readonly resource: ConfigResource; readonly configs: readonly ConfigChange[] }[],
    onDone: AdminCallback<ResponseBody<"IncrementalAlterConfigs">["responses"]>,
  ): void {
    const isForAny = ({ resource }: (typeof changes)[number]): boolean => targetOf(resource).kind === "any";
    const ofBrokers = changes.filter((change) => !isForAny(change)).map((change) => [change]);
    const requests = [...ofBrokers, changes.filter(isForAny)].filter((request) => request.length > 0);
    const answers = gather<ResponseBody<"IncrementalAlterConfigs">["responses"][number]>(requests.length, onDone);
    const errorsOf = (answer: ResponseBody<"IncrementalAlterConfigs">) =>
      answer.responses.map((entry) => entry.errorCode);
    requests.forEach((request, index) => {
      const resources = request.map(({ resource, configs }) => ({
        resourceType: RESOURCE_TYPE[resource.type],
        resourceName: resource.name,
        configs: configs.map(({ name, operation, value }) => ({
          name,
          configOperation: CONFIG_OPERATION[operation],
          value: value ?? null,
        })),
      }));
      const body = APIS.IncrementalAlterConfigs.request.create({ resources });
      this.requests.send(
        targetOf(request[0]!.resource),
        "IncrementalAlterConfigs",
        () => body,
        errorsOf,
        (result) => answers[index]!(result.ok ? { ok: true, value: result.value.responses } : result),
      );
    });
  }

  /** Replaces all settings of a resource. */
  alterConfigs(
    resource: ConfigResource,
    configs: Readonly<Record<string, string>>,
    onDone: AdminCallback<ResponseBody<"AlterConfigs">["responses"]>,
  ): void {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    const resources = [{ resourceType: RESOURCE_TYPE[resource.type], resourceName: resource.name, configs: entries }];
    const body = APIS.AlterConfigs.request.create({ resources });
    const errorsOf = (answer: ResponseBody<"AlterConfigs">) => answer.responses.map((entry) => entry.errorCode);
    this.requests.send(
      targetOf(resource),
      "AlterConfigs",
      () => body,
      errorsOf,
      (result) => onDone(result.ok ? { ok: true, value: result.value.responses } : result),
    );
  }

  describeConfigs(resource: ConfigResource, onDone: AdminCallback<ResponseBody<"DescribeConfigs">["results"]>): void {
    const resources = [
      { resourceType: RESOURCE_TYPE[resource.type], resourceName: resource.name, configurationKeys: null },
    ];
    const body = APIS.DescribeConfigs.request.create({ resources });
    const errorsOf = (answer: ResponseBody<"DescribeConfigs">) => answer.results.map((entry) => entry.errorCode);
    this.requests.send(
      targetOf(resource),
      "DescribeConfigs",
      () => body,
      errorsOf,
      (result) => onDone(result.ok ? { ok: true, value: result.value.results } : result),
    );
  }

  /** Elects leaders for `partitions`; for all if null. "unclean" accepts the loss of records. */
  electLeaders(
    type: "preferred" | "unclean",
    partitions: readonly TopicPartition[] | null,
    onDone: AdminCallback<ResponseBody<"ElectLeaders">["replicaElectionResults"]>,
  ): void {
    const topicPartitions =
      partitions === null
        ? null
        : groupPartitions(partitions).map(({ topic, entries }) => ({
            topic,
            partitions: entries.map((entry) => entry.partition),
          }));
    const electionType = ELECTION_TYPE[type];
    const createBody = (timeoutMs: number) =>
      APIS.ElectLeaders.request.create({ electionType, topicPartitions, timeoutMs });
    this.requests.send(
      { kind: "controller" },
      "ElectLeaders",
      createBody,
      (answer) => [answer.errorCode],
      (result) => {
        if (!result.ok) onDone(result);
        else if (result.value.errorCode !== Errors.NONE) onDone(failed(result.value.errorCode));
        else onDone({ ok: true, value: result.value.replicaElectionResults });
      },
    );
  }

  alterPartitionReassignments(
    reassignments: readonly Reassignment[],
    onDone: AdminCallback<ResponseBody<"AlterPartitionReassignments">["responses"]>,
  ): void {
    const topics = groupPartitions(reassignments).map(({ topic, entries }) => ({
      name: topic,
      partitions: entries.map((entry) => ({ partitionIndex: entry.partition, replicas: entry.replicas })),
    }));
    const createBody = (timeoutMs: number) => APIS.AlterPartitionReassignments.request.create({ topics, timeoutMs });
    const errorsOf = (answer: ResponseBody<"AlterPartitionReassignments">) => [answer.errorCode];
    this.requests.send({ kind: "controller" }, "AlterPartitionReassignments", createBody, errorsOf, (result) => {
      if (!result.ok) onDone(result);
      else if (result.value.errorCode !== Errors.NONE)
        onDone(failed(result.value.errorCode, result.value.errorMessage));
      else onDone({ ok: true, value: result.value.responses });
    });
  }

  listPartitionReassignments(onDone: AdminCallback<ResponseBody<"ListPartitionReassignments">["topics"]>): void {
    const createBody = (timeoutMs: number) =>
      APIS.ListPartitionReassignments.request.create({ topics: null, timeoutMs });
    const errorsOf = (answer: ResponseBody<"ListPartitionReassignments">) => [answer.errorCode];
    this.requests.send({ kind: "controller" }, "ListPartitionReassignments", createBody, errorsOf, (result) => {
      if (!result.ok) onDone(result);
      else if (result.value.errorCode !== Errors.NONE)
        onDone(failed(result.value.errorCode, result.value.errorMessage));
      else onDone({ ok: true, value: result.value.topics });
    });
  }

  describeGroup(groupId: string, onDone: AdminCallback<ResponseBody<"DescribeGroups">["groups"][number]>): void {
    const body = APIS.DescribeGroups.request.create({ groups: [groupId] });
    const errorsOf = (answer: ResponseBody<"DescribeGroups">) => answer.groups.map((group) => group.errorCode);
    this.requests.send(
      { kind: "group", id: groupId },
      "DescribeGroups",
      () => body,
      errorsOf,
      onlyOf(({ groups }) => groups, onDone),
    );
  }

  /** Asks for the brokers, and then every one of them for the groups it coordinates; by group id. */
  listGroups(onDone: AdminCallback<ResponseBody<"ListGroups">["groups"]>): void {
    const body = APIS.Metadata.request.create({ topics: [], allowAutoTopicCreation: false });
    const errorsOf = (answer: ResponseBody<"Metadata">) => [answer.errorCode];
    this.requests.send(
      { kind: "any" },
      "Metadata",
      () => body,
      errorsOf,
      (result) => {
        if (result.ok) this.listGroupsOf(result.value.brokers, onDone);
        else onDone(result);
      },
    );
  }

  private listGroupsOf(
    brokers: ResponseBody<"Metadata">["brokers"],
    onDone: AdminCallback<ResponseBody<"ListGroups">["groups"]>,
  ): void {
    const answers = gather<ResponseBody<"ListGroups">["groups"][number]>(brokers.length, (result) => {
      const byId = (groups: ResponseBody<"ListGroups">["groups"]) =>
        [...groups].sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
      onDone(result.ok ? { ok: true, value: byId(result.value) } : result);
    });
    const errorsOf = (answer: ResponseBody<"ListGroups">) => [answer.errorCode];
    brokers.forEach(({ nodeId }, index) => {
      const body = APIS.ListGroups.request.create({});
      this.requests.send(
        { kind: "node", id: nodeId },
        "ListGroups",
        () => body,
        errorsOf,
        (result) => answers[index]!(result.ok ? { ok: true, value: result.value.groups } : result),
      );
    });
  }

  deleteGroup(groupId: string, onDone: AdminCallback<ResponseBody<"DeleteGroups">["results"][number]>): void {
    const body = APIS.DeleteGroups.request.create({ groupsNames: [groupId] });
    const errorsOf = (answer: ResponseBody<"DeleteGroups">) => answer.results.map((entry) => entry.errorCode);
    this.requests.send(
      { kind: "group", id: groupId },
      "DeleteGroups",
      () => body,
      errorsOf,
      onlyOf(({ results }) => results, onDone),
    );
  }

  /** Offsets committed by a group; of all its partitions if none are named. */
  listGroupOffsets(groupId: string, onDone: AdminCallback<ResponseBody<"OffsetFetch">["groups"][number]>): void {
    const body = APIS.OffsetFetch.request.create({ groups: [{ groupId, topics: null }], requireStable: false });
    const errorsOf = (answer: ResponseBody<"OffsetFetch">) => answer.groups.map((group) => group.errorCode);
    this.requests.send(
      { kind: "group", id: groupId },
      "OffsetFetch",
      () => body,
      errorsOf,
      onlyOf(({ groups }) => groups, onDone),
    );
  }

  /** Offsets by timestamp (−1 end, −2 beginning, −3 youngest record), in the order of `queries`. */
  listOffsets(queries: readonly OffsetQuery[], onDone: (answers: readonly OffsetAnswer[]) => void): void {
    const answers: OffsetAnswer[] = [];
    if (queries.length === 0) onDone(answers);
    this.lookup.lookup(queries, this.timeoutMs, (answer) => {
      answers.push(answer);
      if (answers.length < queries.length) return;
      const position = ({ topic, partition }: TopicPartition): number =>
        queries.findIndex((query) => query.topic === topic && query.partition === partition);
      onDone(answers.sort((a, b) => position(a) - position(b)));
    });
  }

  /** Deletes the records of a partition before `offset` (−1: all committed ones). */
  deleteRecords(
    { topic, partition }: TopicPartition,
    offset: Offset,
    onDone: AdminCallback<{ readonly lowWatermark: Offset; readonly error: number }>,
  ): void {
    const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }];
    const body: RequestBody<"DeleteRecords"> = { topics, timeoutMs: this.timeoutMs };
    const resultsOf = (answer: ResponseBody<"DeleteRecords">) => answer.topics.flatMap((entry) => entry.partitions);
    const errorsOf = (answer: ResponseBody<"DeleteRecords">) => resultsOf(answer).map((entry) => entry.errorCode);
    this.requests.send(
      { kind: "leader", topic, partition },
      "DeleteRecords",
      () => body,
      errorsOf,
      (result) => {
        if (!result.ok) return onDone(result);
        const entry = resultsOf(result.value)[0];
        if (entry === undefined) onDone(failed(Errors.UNKNOWN_SERVER_ERROR));
        else onDone({ ok: true, value: { lowWatermark: entry.lowWatermark, error: entry.errorCode } });
      },
    );
  }

  close(): void {
    this.requests.close();
    this.metadata.close();
    this.network.close();
  }
}

/** Who answers for a resource: only a broker itself knows what it was started with, and what its settings may be. */
function targetOf({ type, name }: ConfigResource): AdminTarget {
  return type === "broker" && name !== "" ? { kind: "node", id: Number(name) } : { kind: "any" };
}

function groupPartitions<P extends TopicPartition>(partitions: readonly P[]): { topic: string; entries: P[] }[] {
  const topics: { topic: string; entries: P[] }[] = [];
  for (const entry of partitions) {
    const known = topics.find((candidate) => candidate.topic === entry.topic);
    if (known === undefined) topics.push({ topic: entry.topic, entries: [entry] });
    else known.entries.push(entry);
  }
  return topics;
}

/** Of an answer about one thing, its one entry. */
function onlyOf<Answer, Entry>(
  entriesOf: (answer: Answer) => readonly Entry[],
  onDone: AdminCallback<Entry>,
): AdminCallback<Answer> {
  return (result) => {
    if (!result.ok) return onDone(result);
    const [entry] = entriesOf(result.value);
    onDone(entry === undefined ? failed(Errors.UNKNOWN_SERVER_ERROR) : { ok: true, value: entry });
  };
}
