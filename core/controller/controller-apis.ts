// The controller's requests: which part decides, and how an answer waits for its records to be committed.

import type { RequestContext } from "../broker/request-context.js";
import type { RequestMessage } from "../environment.js";
import { Errors } from "../errors.js";
import {
  apiByKey,
  APIS,
  advertisedLowestVersion,
  ALL_APIS,
  type ApiName,
  type RequestBody,
  type ResponseBody,
} from "../protocol/apis.js";
import { metadataRecord } from "../protocol/messages/metadata-records.js";
import type { RaftClient } from "../raft/raft-client.js";
import { compareStrings } from "../types.js";
import { alterPartition } from "./alter-partition.js";
import type { ControllerResult } from "./controller-state.js";
import { SUPPORTED_FEATURES, updateFeatures } from "./feature-control.js";
import { errorResponse, type ControllerApi } from "./not-controller.js";
import type { QuorumController } from "./quorum-controller.js";
import { deleteTopics } from "./topic-deletion.js";

/** Producer ids a broker gets at a time. */
export const PRODUCER_ID_BLOCK_SIZE = 1000;

type Context = RequestContext<ApiName>;
type Decisions = {
  readonly [A in ControllerApi]: (body: RequestBody<A>, apiVersion: number) => ControllerResult<ResponseBody<A>>;
};

const QUORUM_APIS: ReadonlySet<ApiName> = new Set<ApiName>([
  "Fetch",
  "FetchSnapshot",
  "Vote",
  "BeginQuorumEpoch",
  "EndQuorumEpoch",
  "DescribeQuorum",
  "ApiVersions",
]);

export class ControllerApis {
  readonly #controller: QuorumController;
  readonly #raft: RaftClient;
  readonly #decisions: Decisions;

  constructor(controller: QuorumController, raft: RaftClient) {
    this.#controller = controller;
    this.#raft = raft;
    const { cluster, topics, configs, reassignments, elections, state } = controller;
    this.#decisions = {
      BrokerRegistration: (body) => cluster.registerBroker(body, controller.nextWriteOffset),
      BrokerHeartbeat: (body) => cluster.heartbeat(body),
      UnregisterBroker: (body) => cluster.unregisterBroker(body.brokerId),
      AlterPartition: (body, apiVersion) => {
        const error = cluster.checkBrokerEpoch(body.brokerId, body.brokerEpoch);
        if (error === Errors.NONE) return alterPartition(state, body, apiVersion);
        return { records: [], response: errorResponse("AlterPartition", body, error) };
      },
      AllocateProducerIds: (body) => this.#allocateProducerIds(body),
      CreateTopics: (body) => topics.createTopics(body),
      DeleteTopics: (body, apiVersion) => deleteTopics(state, body, apiVersion),
      CreatePartitions: (body) => topics.createPartitions(body),
      AlterConfigs: (body) => configs.alterConfigs(body),
      IncrementalAlterConfigs: (body) => configs.incrementalAlterConfigs(body),
      ElectLeaders: (body) => elections.electLeaders(body),
      AlterPartitionReassignments: (body) => reassignments.alter(body),
      ListPartitionReassignments: (body) => ({ records: [], response: reassignments.list(body) }),
      UpdateFeatures: (body) => updateFeatures(state, body),
    };
  }

  /** Serves one request; the answer may come much later. An API no controller serves closes the connection. */
  handle(request: RequestMessage, context: Context): void {
    const api = apiByKey(request.apiKey)?.name;
    if (api === undefined) return context.close();
    if (api in this.#decisions) return this.#decide(api as ControllerApi, request, context);
    this.#handleQuorumRequest(api, request, context);
  }

  #handleQuorumRequest(api: ApiName, request: RequestMessage, context: Context): void {
    const reply = (body: ResponseBody<ApiName>): void => context.reply(body);
    switch (api) {
      case "Fetch":
        return this.#raft.handleFetch(request.body as RequestBody<"Fetch">, request.apiVersion, reply);
      case "FetchSnapshot":
        return this.#raft.handleFetchSnapshot(request.body as RequestBody<"FetchSnapshot">, reply);
      case "Vote":
        return this.#raft.handleVote(request.body as RequestBody<"Vote">, reply);
      case "BeginQuorumEpoch":
        return this.#raft.handleBeginQuorumEpoch(request.body as RequestBody<"BeginQuorumEpoch">, reply);
      case "EndQuorumEpoch":
        return this.#raft.handleEndQuorumEpoch(request.body as RequestBody<"EndQuorumEpoch">, reply);
      case "DescribeQuorum":
        return this.#raft.handleDescribeQuorum(request.body as RequestBody<"DescribeQuorum">, reply);
      case "ApiVersions":
        return context.reply(this.#apiVersions());
      default:
        return context.close();
    }
  }

  #decide<A extends ControllerApi>(api: A, request: RequestMessage, context: Context): void {
    const body = request.body as RequestBody<A>;
    const refuse = (): void => context.reply(errorResponse(api, body, Errors.NOT_CONTROLLER) as ResponseBody<ApiName>);
    if (!this.#controller.isActive) return refuse();
    const result = this.#decisions[api](body, request.apiVersion);
    const answer = (response: ResponseBody<A>): void => context.reply(response as ResponseBody<ApiName>);
    const offset = this.#controller.write(result, answer, refuse);
    if (api === "BrokerHeartbeat" && offset !== undefined) {
      this.#afterHeartbeat(body as RequestBody<"BrokerHeartbeat">, result, offset);
    }
  }

  /** The broker may stop once all active brokers have read past this offset. */
  #afterHeartbeat(body: RequestBody<"BrokerHeartbeat">, result: object, offset: number): void {
    const entersControlledShutdown = "entersControlledShutdown" in result && result.entersControlledShutdown === true;
    if (entersControlledShutdown) this.#controller.cluster.enterControlledShutdown(body.brokerId, offset);
  }

  #allocateProducerIds(
    body: RequestBody<"AllocateProducerIds">,
  ): ControllerResult<ResponseBody<"AllocateProducerIds">> {
    const { brokerId, brokerEpoch } = body;
    const error = this.#controller.cluster.checkBrokerEpoch(brokerId, brokerEpoch);
    if (error !== Errors.NONE) {
      return { records: [], response: errorResponse("AllocateProducerIds", body, error) };
    }
    const producerIdStart = this.#controller.image.nextProducerId;
    const nextProducerId = producerIdStart + PRODUCER_ID_BLOCK_SIZE;
    return {
      records: [metadataRecord("ProducerIdsRecord", { brokerId, brokerEpoch, nextProducerId })],
      response: {
        throttleTimeMs: 0,
        errorCode: Errors.NONE,
        producerIdStart,
        producerIdLen: PRODUCER_ID_BLOCK_SIZE,
      },
    };
  }

  #apiVersions(): ResponseBody<"ApiVersions"> {
    const { image } = this.#controller;
    const served = ALL_APIS.filter((api) => api.name in this.#decisions || QUORUM_APIS.has(api.name));
    return APIS.ApiVersions.response.create({
      apiKeys: served.map((api) => ({
        apiKey: api.key,
        minVersion: advertisedLowestVersion(api),
        maxVersion: api.highestVersion,
      })),
      supportedFeatures: [...SUPPORTED_FEATURES].map(([name, { min, max }]) => ({
        name,
        minVersion: min,
        maxVersion: max,
      })),
      finalizedFeaturesEpoch: image.offset,
      finalizedFeatures: [...image.features]
        .sort((a, b) => compareStrings(a[0], b[0]))
        .map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    });
  }
}
