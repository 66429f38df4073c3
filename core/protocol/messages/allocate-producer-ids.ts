// AllocateProducerIds: a broker fetches a block of producer ids.
// Blocks keep ids unique without a request for each producer.

import { int16, int32, int64, message } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of AllocateProducerIds. */
export const AllocateProducerIdsRequest = message({
  name: "AllocateProducerIdsRequest",
  apiKey: 67,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    brokerId: int32("0+", "Id of the broker."),
    brokerEpoch: int64("0+", "Epoch of the broker's registration; an older one is a process that has been replaced.", {
      default: -1,
    }),
  },
});
export type AllocateProducerIdsRequest = BodyOf<typeof AllocateProducerIdsRequest.fields>;

/** Response of AllocateProducerIds. */
export const AllocateProducerIdsResponse = message({
  name: "AllocateProducerIdsResponse",
  apiKey: 67,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    producerIdStart: int64("0+", "First id of the block."),
    producerIdLen: int32("0+", "How many ids the block has."),
  },
});
export type AllocateProducerIdsResponse = BodyOf<typeof AllocateProducerIdsResponse.fields>;
