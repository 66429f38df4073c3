// SaslHandshake: agrees on how to authenticate.
// Kept so that clients configured for SASL get a proper refusal.

import { array, int16, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Request of SaslHandshake. */
export const SaslHandshakeRequest = message({
  name: "SaslHandshakeRequest",
  apiKey: 17,
  versions: [0, 1],
  flexibleSince: null,
  fields: {
    mechanism: string("0+", "Mechanism the client wants."),
  },
});
export type SaslHandshakeRequest = BodyOf<typeof SaslHandshakeRequest.fields>;

/** Response of SaslHandshake. */
export const SaslHandshakeResponse = message({
  name: "SaslHandshakeResponse",
  apiKey: 17,
  versions: [0, 1],
  flexibleSince: null,
  fields: {
    errorCode: int16("0+", "Kafka's error code, 0 for success."),
    mechanisms: array("0+", "Mechanisms the broker offers.", "string"),
  },
});
export type SaslHandshakeResponse = BodyOf<typeof SaslHandshakeResponse.fields>;
