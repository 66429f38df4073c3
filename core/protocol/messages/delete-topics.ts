// DeleteTopics: deletes topics by name or id.
// Served by the active controller; brokers pass it on.

import { array, int16, int32, message, string, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of DeleteTopics. */
export const DeleteTopicsRequest = message({
  name: "DeleteTopicsRequest",
  apiKey: 20,
  versions: [1, 6],
  flexibleSince: 4,
  fields: {
    topics: array("6+", "Topics, one entry each.", {
      name: string("6+", "Name of the topic.", { nullable: "6+", default: null }),
      topicId: uuid("6+", "Id of the topic; unlike its name never used again."),
    }),
    topicNames: array("0-5", "Names of the topics.", "string", { ignorable: true }),
    timeoutMs: int32("0+", "How long the broker may take, in ms."),
  },
});
export type DeleteTopicsRequest = BodyOf<typeof DeleteTopicsRequest.fields>;

/** Response of DeleteTopics. */
export const DeleteTopicsResponse = message({
  name: "DeleteTopicsResponse",
  apiKey: 20,
  versions: [1, 6],
  flexibleSince: 4,
  fields: {
    throttleTimeMs: int32("1+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    responses: array("0+", "Outcomes, one a topic.", {
      name: string("0+", "Name of the topic.", { nullable: "6+" }),
      topicId: uuid("6+", "Id of the topic; unlike its name never used again.", { ignorable: true }),
      errorCode: int16("0+", "Kafka's error code, 0 for success."),
      errorMessage: string("5+", "The error in words; null if there is none.", {
        nullable: "5+",
        default: null,
        ignorable: true,
      }),
    }),
  },
});
export type DeleteTopicsResponse = BodyOf<typeof DeleteTopicsResponse.fields>;
