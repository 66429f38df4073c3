// A network for client tests: requests are recorded, answers come from handlers the test sets by API.
// A handler returns a (partial) body, "disconnected" or "timed-out", or "hold" to leave the request unanswered until
// the test answers it itself. Nothing is answered before `run`.

import type { ClientNetwork } from "../../../core/client/client-network.js";
import { APIS, type ApiName, type RequestBody } from "../../../core/protocol/apis.js";
import type { ConnectionListener } from "../../../core/protocol/network-client.js";
import type { ConnectionState } from "../../../core/protocol/node-connection.js";
import type { NodeEndpoint } from "../../../core/types.js";
import { FakeEnvironment } from "../support/fake-environment.js";

export interface SentRequest {
  readonly node: NodeEndpoint;
  readonly api: ApiName;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly answer: (body: object) => void;
  readonly fail: (reason: "disconnected" | "timed-out") => void;
}

type Handled = object | "disconnected" | "timed-out" | "hold";
// oxlint-disable-next-line typescript/no-explicit-any
type Handler = (body: any, request: SentRequest) => Handled;

export class ScriptedNetwork implements ClientNetwork {
  readonly sent: SentRequest[] = [];
  private readonly handlers = new Map<ApiName, Handler>();
  private queue: SentRequest[] = [];
  readonly backingOff = new Set<number>();
  /** Nodes whose connection is not open, although nothing holds it back. */
  readonly connecting = new Set<number>();
  readonly listeners: ConnectionListener[] = [];
  isClosed = false;

  on<A extends ApiName>(api: A, handler: (body: RequestBody<A>, request: SentRequest) => Handled): this {
    this.handlers.set(api, handler as Handler);
    return this;
  }

  /** What answers `api` now, for a handler that only sometimes answers otherwise. */
  handlerOf(api: ApiName): Handler {
    return this.handlers.get(api) ?? (() => "hold");
  }

  send(
    node: NodeEndpoint,
    api: ApiName,
    body: object,
    // oxlint-disable-next-line typescript/no-explicit-any
    onOutcome: (outcome: any) => void,
    options?: { readonly expectResponse?: boolean },
  ): void {
    const complete = (partial: object): object => APIS[api].response.create(partial as never);
    const request: SentRequest = {
      node,
      api,
      body,
      answer: (partial) => onOutcome({ ok: true, body: complete(partial) }),
      fail: (reason) => onOutcome({ ok: false, reason }),
    };
    this.sent.push(request);
    if (options?.expectResponse === false) this.queue.push({ ...request, api: "ApiVersions" });
    else this.queue.push(request);
  }

  /** Answers what was sent. @returns whether there was anything */
  deliver(): boolean {
    const due = this.queue;
    this.queue = [];
    for (const request of due) {
      const handled =
        this.handlers.get(request.api)?.(request.body, request) ?? (request.api === "ApiVersions" ? {} : "hold");
      if (handled === "hold") continue;
      if (handled === "disconnected" || handled === "timed-out") request.fail(handled);
      else request.answer(handled as object);
    }
    return due.length > 0;
  }

  requests(api: ApiName): SentRequest[] {
    return this.sent.filter((request) => request.api === api);
  }

  last(api: ApiName): SentRequest {
    const found = this.requests(api).at(-1);
    if (found === undefined) throw new Error(`no ${api} was sent`);
    return found;
  }

  observe(listener: ConnectionListener): void {
    this.listeners.push(listener);
  }
  ready(node: NodeEndpoint): boolean {
    return this.connectionState(node.id) === "ready";
  }
  connectionState(nodeId: number): ConnectionState {
    if (this.backingOff.has(nodeId)) return "backing-off";
    return this.connecting.has(nodeId) ? "preparing" : "ready";
  }
  lastConnectAttemptMs(): number {
    return 0;
  }
  isBackingOff(nodeId: number): boolean {
    return this.backingOff.has(nodeId);
  }
  backoffRemainingMs(nodeId: number): number {
    return this.backingOff.has(nodeId) ? 50 : 0;
  }
  inFlightCount(): number {
    return 0;
  }
  disconnect(): void {}
  close(): void {
    this.isClosed = true;
  }
}

export interface FakeTopic {
  readonly name: string;
  /** Leader by partition; −1 for none. */
  leaders: number[];
  leaderEpoch: number;
  /** Replicas that metadata calls offline; default: none. */
  offlineReplicas?: readonly number[];
}

/** Topic id of a topic in answers. */
export function topicIdOf(name: string): string {
  return `${name}AAAAAAAAAAAAAAAAAAAAAA`.slice(0, 22);
}

/** Answers Metadata, ApiVersions, InitProducerId and FindCoordinator for brokers 1 to 3. */
export function answerBasics(network: ScriptedNetwork, topics: readonly FakeTopic[]): void {
  const brokers = [1, 2, 3].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092, rack: null }));
  network.on("Metadata", (body) => ({
    brokers,
    clusterId: "cluster",
    controllerId: 1,
    topics: (body.topics ?? []).map(({ name }) => {
      const topic = topics.find((candidate) => candidate.name === name);
      if (topic === undefined) return { errorCode: 3, name, partitions: [] };
      const partitions = topic.leaders.map((leaderId, partitionIndex) => ({
        errorCode: leaderId < 0 ? 5 : 0,
        partitionIndex,
        leaderId,
        leaderEpoch: topic.leaderEpoch,
        replicaNodes: [1, 2, 3],
        isrNodes: [1, 2, 3],
        offlineReplicas: topic.offlineReplicas ?? [],
      }));
      return { errorCode: 0, name, topicId: topicIdOf(name ?? ""), partitions };
    }),
  }));
  network.on("InitProducerId", () => ({ producerId: 7, producerEpoch: 0 }));
  network.on("FindCoordinator", (body) => ({
    coordinators: body.coordinatorKeys.map((key) => ({ key, nodeId: 2, host: "broker-2", port: 9092, errorCode: 0 })),
  }));
}

/** Lets time pass in small steps, answering requests on the way. */
export function run(env: FakeEnvironment, network: ScriptedNetwork, ms: number): void {
  const settle = (): void => {
    for (let i = 0; i < 50; i++) {
      env.advance(0);
      if (!network.deliver()) return;
    }
  };
  settle();
  for (let step = 0; step < ms; step += 5) {
    env.advance(Math.min(5, ms - step));
    settle();
  }
}

export function utf8(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function text(bytes: Uint8Array | null): string {
  return bytes === null ? "null" : String.fromCharCode(...bytes);
}
