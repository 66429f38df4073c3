// Envelope: a request passed on to the controller on behalf of a client.
// The broker keeps the client's identity with it (KIP-590).

import { bytes, int16, message } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of Envelope. */
export const EnvelopeRequest = message({
  name: "EnvelopeRequest",
  apiKey: 58,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    requestData: bytes("0+", "The wrapped request, header and all."),
    requestPrincipal: bytes("0+", "Who sent the wrapped request; null if not known.", { nullable: "0+" }),
    clientHostAddress: bytes("0+", "Address of the client, in raw bytes."),
  },
});
export type EnvelopeRequest = BodyOf<typeof EnvelopeRequest.fields>;

/** Response of Envelope. */
export const EnvelopeResponse = message({
  name: "EnvelopeResponse",
  apiKey: 58,
  versions: [0, 0],
  flexibleSince: 0,
  fields: {
    responseData: bytes("0+", "The wrapped answer; null on error.", { nullable: "0+", default: null }),
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
  },
});
export type EnvelopeResponse = BodyOf<typeof EnvelopeResponse.fields>;
