// The script's own requests to the cluster: made by an admin client on a machine of its own, waited for in simulated
// time. It is started at the first call, so that a scenario that needs none has none.

import { ADMIN_CONFIG } from "../../core/config/client-config.js";
import { parseConfig, type ConfigOverrides } from "../../core/config/definition.js";
import type { Admin, NewTopic } from "../../core/client/admin.js";
import type { AdminResult } from "../../core/client/admin-requests.js";
import { errorName, Errors } from "../../core/errors.js";
import type { ResponseBody } from "../../core/protocol/apis.js";
import type { NodeId, Offset } from "../../core/types.js";
import { AdminNode } from "./client-nodes.js";
import type { SimulatedWorld } from "./simulated-world.js";
import type { AdminChange, TopicOptions } from "./world.js";

/** An answer that arrives later. */
type Call<T> = (admin: Admin, onDone: (result: AdminResult<T>) => void) => void;

const WITHIN_MS = 90_000;

export class AdminCalls {
  readonly #world: SimulatedWorld;
  #nodeId: NodeId | undefined;
  /** Topics made with `flush.messages=1`, which nobody has altered since. */
  readonly flushedFirst = new Set<string>();

  constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  createTopic(topic: string, options: TopicOptions): void {
    this.#noteNewTopic(topic, options);
    const [created] = this.#call<ResponseBody<"CreateTopics">["topics"]>(`${topic} is created`, (admin, onDone) =>
      admin.createTopics([newTopicOf(topic, options)], onDone),
    );
    this.#expectNone(`creating ${topic}`, created?.errorCode, created?.errorMessage);
  }

  alterTopic(topic: string, config: ConfigOverrides): void {
    this.#noteAlteration(topic, config);
    const results = this.#call<ResponseBody<"IncrementalAlterConfigs">["responses"]>(
      `${topic} is configured`,
      (admin, onDone) => admin.incrementalAlterConfigs([alterationOf(topic, config)], onDone),
    );
    for (const { errorCode, errorMessage } of results)
      this.#expectNone(`configuring ${topic}`, errorCode, errorMessage);
  }

  reassign(topic: string, partition: number, replicas: readonly NodeId[]): void {
    const topics = this.#call<ResponseBody<"AlterPartitionReassignments">["responses"]>(
      `the reassignment of ${topic}-${partition} begins`,
      (admin, onDone) => admin.alterPartitionReassignments([{ topic, partition, replicas }], onDone),
    );
    const result = topics[0]?.partitions[0];
    this.#expectNone(`reassigning ${topic}-${partition}`, result?.errorCode, result?.errorMessage);
  }

  deleteRecords(topic: string, partition: number, beforeOffset: Offset): void {
    const { error } = this.#call<{ readonly error: number }>(
      `records of ${topic}-${partition} are deleted`,
      (admin, onDone) => admin.deleteRecords({ topic, partition }, beforeOffset, onDone),
    );
    this.#expectNone(`deleting records of ${topic}-${partition}`, error, undefined);
  }

  electPreferredLeaders(): void {
    this.#call("preferred leaders are elected", (admin, onDone) => admin.electLeaders("preferred", null, onDone));
  }

  /** Sends the request; what becomes of it shows in the cluster. */
  request(change: AdminChange): void {
    const ignore = (): void => {};
    this.#inAdmin((admin) => {
      switch (change.kind) {
        case "create-topic":
          this.#noteNewTopic(change.topic, change);
          return admin.createTopics([newTopicOf(change.topic, change)], ignore);
        case "delete-topic":
          return admin.deleteTopics([change.topic], ignore);
        case "add-partitions":
          return admin.createPartitions(change.topic, change.count, ignore);
        case "alter-topic":
          this.#noteAlteration(change.topic, change.config);
          return admin.incrementalAlterConfigs([alterationOf(change.topic, change.config)], ignore);
        case "delete-records":
          return admin.deleteRecords(change, change.beforeOffset, ignore);
        case "elect-preferred":
          return admin.electLeaders("preferred", null, ignore);
        case "reassign":
          return admin.alterPartitionReassignments([change], ignore);
      }
    });
  }

  #noteNewTopic(topic: string, { config }: TopicOptions): void {
    if (Number(config?.["flush.messages"]) === 1) this.flushedFirst.add(topic);
    else this.flushedFirst.delete(topic);
  }

  #noteAlteration(topic: string, config: ConfigOverrides): void {
    if ("flush.messages" in config) this.flushedFirst.delete(topic);
  }

  #inAdmin(action: (admin: Admin) => void): void {
    const world = this.#world;
    this.#nodeId ??= world.addClient("admin", (env) => {
      return new AdminNode(env, parseConfig(ADMIN_CONFIG, { "client.id": "admin", ...world.bootstrap }));
    });
    world.inClient(this.#nodeId, AdminNode, ({ admin }) => action(admin));
  }

  #call<T>(goal: string, call: Call<T>): T {
    const world = this.#world;
    let result: AdminResult<T> | undefined;
    this.#inAdmin((admin) => call(admin, (answer) => (result = answer)));
    world.until(goal, () => result !== undefined, WITHIN_MS);
    // Assigned in the callback above, which the compiler does not see.
    const answer = result as AdminResult<T> | undefined;
    if (answer === undefined || !answer.ok) {
      world.expect(`${goal} (${answer === undefined ? "no answer" : errorName(answer.error)})`, false);
      throw new Error(goal);
    }
    return answer.value;
  }

  #expectNone(what: string, errorCode: number | undefined, message: string | null | undefined): void {
    const error = errorCode ?? Errors.UNKNOWN_SERVER_ERROR;
    this.#world.expect(
      `${what} succeeds (it answered ${errorName(error)}${message ? `: ${message}` : ""})`,
      error === Errors.NONE,
    );
  }
}

function newTopicOf(name: string, { partitions, replicationFactor, config, assignment }: TopicOptions): NewTopic {
  return {
    name,
    numPartitions: partitions,
    replicationFactor,
    ...(assignment === undefined ? {} : { assignments: assignment }),
    configs: asStrings(config),
  };
}

function alterationOf(topic: string, config: ConfigOverrides): Parameters<Admin["incrementalAlterConfigs"]>[0][number] {
  const configs = Object.entries(asStrings(config)).map(
    ([name, value]) => ({ name, value, operation: "set" }) as const,
  );
  return { resource: { type: "topic", name: topic }, configs };
}

function asStrings(config: ConfigOverrides = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : String(value)]),
  );
}
