// AddOffsetsToTxn: adds a group's offsets to a transaction.
// So that what was consumed is committed together with what was produced.

import { int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of AddOffsetsToTxn. */
export const AddOffsetsToTxnRequest = message({
  name: "AddOffsetsToTxnRequest",
  apiKey: 25,
  versions: [0, 4],
  flexibleSince: 3,
  fields: {
    transactionalId: string("0+", "Name of the transactional producer, which survives its restarts."),
    producerId: int64("0+", "Id of the producer."),
    producerEpoch: int16("0+", "Counts the lives of the producer; older ones are fenced."),
    groupId: string("0+", "Id of the group."),
  },
});
export type AddOffsetsToTxnRequest = BodyOf<typeof AddOffsetsToTxnRequest.fields>;

/** Response of AddOffsetsToTxn. */
export const AddOffsetsToTxnResponse = message({
  name: "AddOffsetsToTxnResponse",
  apiKey: 25,
  versions: [0, 4],
  flexibleSince: 3,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
  },
});
export type AddOffsetsToTxnResponse = BodyOf<typeof AddOffsetsToTxnResponse.fields>;
