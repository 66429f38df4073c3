// EndTxn: commits or aborts a transaction.
// The coordinator decides by a record of its own log before it writes markers anywhere.

import { bool, int16, int32, int64, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of EndTxn. */
export const EndTxnRequest = message({
  name: "EndTxnRequest",
  apiKey: 26,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    transactionalId: string("0+", "Name of the transactional producer, which survives its restarts."),
    producerId: int64("0+", "Id of the producer."),
    producerEpoch: int16("0+", "Counts the lives of the producer; older ones are fenced."),
    committed: bool("0+", "True to commit, false to abort."),
  },
});
export type EndTxnRequest = BodyOf<typeof EndTxnRequest.fields>;

/** Response of EndTxn. */
export const EndTxnResponse = message({
  name: "EndTxnResponse",
  apiKey: 26,
  versions: [0, 5],
  flexibleSince: 3,
  fields: {
    throttleTimeMs: int32("0+", "How long the client should be silent because of a quota, in ms."),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    producerId: int64("5+", "Id for the next transaction, -1 to keep the present one.", {
      default: -1,
      ignorable: true,
    }),
    producerEpoch: int16("5+", "Epoch for the next transaction, -1 to keep the present one.", {
      default: -1,
      ignorable: true,
    }),
  },
});
export type EndTxnResponse = BodyOf<typeof EndTxnResponse.fields>;
