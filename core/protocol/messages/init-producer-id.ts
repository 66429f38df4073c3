// InitProducerId: gives a producer its id and epoch.
// Idempotence needs them; for a transactional id it also fences the previous life of the producer.

import { int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of InitProducerId. */
export const InitProducerIdRequest = message({
  name: "InitProducerIdRequest",
  apiKey: 22,
  versions: [0, 5],
  flexibleSince: 2,
  fields: {
    transactionalId: string("0+", "Name of the transactional producer; null for an idempotent one.", {
      nullable: "0+",
    }),
    transactionTimeoutMs: int32("0+", "How long a transaction may stay open before the coordinator aborts it, in ms."),
    producerId: int64("3+", "Id the producer has already, -1 if none; with its epoch it asks for a bump.", {
      default: -1,
    }),
    producerEpoch: int16("3+", "Epoch the producer has already, -1 if none.", { default: -1 }),
  },
});
export type InitProducerIdRequest = BodyOf<typeof InitProducerIdRequest.fields>;

/** Response of InitProducerId. */
export const InitProducerIdResponse = message({
  name: "InitProducerIdResponse",
  apiKey: 22,
  versions: [0, 5],
  flexibleSince: 2,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms.", { ignorable: true }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    producerId: int64("0+", "Id given to the producer, -1 on error.", { default: -1 }),
    producerEpoch: int16("0+", "Counts the lives of the producer; older ones are fenced."),
  },
});
export type InitProducerIdResponse = BodyOf<typeof InitProducerIdResponse.fields>;
