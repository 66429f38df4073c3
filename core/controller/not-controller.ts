// "I am not the active controller", in the words of each API that only the active one serves.
// Kafka wraps such requests in an Envelope, whose own error says so. Brokers here send them as they are, so the
// error has to be found where the API keeps its errors: at the top, in every topic or resource, or in both.

import { Errors, type ErrorCode } from "../errors.js";
import { APIS, type ApiName, type RequestBody, type ResponseBody } from "../protocol/apis.js";

/** APIs that only the active controller answers. */
export type ControllerApi =
  | "AllocateProducerIds"
  | "AlterConfigs"
  | "AlterPartition"
  | "AlterPartitionReassignments"
  | "BrokerHeartbeat"
  | "BrokerRegistration"
  | "CreatePartitions"
  | "CreateTopics"
  | "DeleteTopics"
  | "ElectLeaders"
  | "IncrementalAlterConfigs"
  | "ListPartitionReassignments"
  | "UnregisterBroker"
  | "UpdateFeatures";

/** The response of `api` that says `errorCode` about everything that was asked. */
export function errorResponse<A extends ControllerApi>(
  api: A,
  body: RequestBody<A>,
  errorCode: ErrorCode,
): ResponseBody<A> {
  return buildErrorResponse(api, body, errorCode) as ResponseBody<A>;
}

function buildErrorResponse(api: ControllerApi, body: unknown, errorCode: ErrorCode): unknown {
  switch (api) {
    case "CreateTopics": {
      const { topics } = body as RequestBody<"CreateTopics">;
      return APIS.CreateTopics.response.create({ topics: topics.map(({ name }) => ({ name, errorCode })) });
    }
    case "CreatePartitions": {
      const { topics } = body as RequestBody<"CreatePartitions">;
      return APIS.CreatePartitions.response.create({ results: topics.map(({ name }) => ({ name, errorCode })) });
    }
    case "DeleteTopics": {
      const { topics, topicNames } = body as RequestBody<"DeleteTopics">;
      const responses = [
        ...topics.map(({ name, topicId }) => ({ name, topicId, errorCode })),
        ...topicNames.map((name) => ({ name, errorCode })),
      ];
      return APIS.DeleteTopics.response.create({ responses });
    }
    case "AlterConfigs":
    case "IncrementalAlterConfigs": {
      const { resources } = body as RequestBody<"AlterConfigs"> | RequestBody<"IncrementalAlterConfigs">;
      const responses = resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, errorCode }));
      return APIS.AlterConfigs.response.create({ responses });
    }
    case "ElectLeaders": {
      const topics = (body as RequestBody<"ElectLeaders">).topicPartitions ?? [];
      const replicaElectionResults = topics.map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: null })),
      }));
      return APIS.ElectLeaders.response.create({ errorCode, replicaElectionResults });
    }
    case "AlterPartitionReassignments": {
      const { topics } = body as RequestBody<"AlterPartitionReassignments">;
      const responses = topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage: null })),
      }));
      return APIS.AlterPartitionReassignments.response.create({ errorCode, errorMessage: null, responses });
    }
    default:
      return APIS[api].response.create({ errorCode });
  }
}

/** Did the node that answered say that it is not the active controller? */
export function isNotController(api: ApiName, body: unknown): boolean {
  const errors = body as {
    readonly errorCode?: ErrorCode;
    readonly topics?: readonly {
      readonly errorCode?: ErrorCode;
      readonly partitions?: readonly { readonly errorCode: ErrorCode }[];
    }[];
    readonly results?: readonly { readonly errorCode: ErrorCode }[];
    readonly responses?: readonly { readonly errorCode?: ErrorCode }[];
  };
  if (errors.errorCode === Errors.NOT_CONTROLLER) return true;
  if (api === "CreateTopics") return isFirst(errors.topics);
  // A controller that was deposed and does not know it finds it out by a single partition (KAFKA-14154).
  if (api === "AlterPartition") {
    return (
      errors.topics?.some(({ partitions }) =>
        partitions?.some(({ errorCode }) => errorCode === Errors.NOT_CONTROLLER),
      ) === true
    );
  }
  if (api === "CreatePartitions") return isFirst(errors.results);
  if (api === "DeleteTopics" || api === "AlterConfigs" || api === "IncrementalAlterConfigs") {
    return isFirst(errors.responses);
  }
  return false;
}

/** A node that is not the controller says it of every entry alike. */
function isFirst(entries: readonly { readonly errorCode?: ErrorCode }[] | undefined): boolean {
  return entries?.[0]?.errorCode === Errors.NOT_CONTROLLER;
}
