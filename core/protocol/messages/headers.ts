// Headers: what precedes every request and response on the wire.
// The client id keeps its classic length even in flexible versions, so that a broker can read it before it knows more.

import { int16, int32, message, string } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Header of a request. */
export const RequestHeader = message({
  name: "RequestHeader",
  apiKey: -1,
  versions: [1, 2],
  flexibleSince: 2,
  fields: {
    requestApiKey: int16("0+", "Number of the API of the request."),
    requestApiVersion: int16("0+", "Version of the API of the request."),
    correlationId: int32("0+", "Number chosen by the client that comes back with the answer."),
    clientId: string("1+", "Name the client gave itself.", { nullable: "1+", ignorable: true, neverCompact: true }),
  },
});
export type RequestHeader = BodyOf<typeof RequestHeader.fields>;

/** Header of a response. */
export const ResponseHeader = message({
  name: "ResponseHeader",
  apiKey: -1,
  versions: [0, 1],
  flexibleSince: 1,
  fields: {
    correlationId: int32("0+", "Number chosen by the client that comes back with the answer."),
  },
});
export type ResponseHeader = BodyOf<typeof ResponseHeader.fields>;
