// What a request handler knows of the request beside its body, and how it answers.
// A broker answers the requests of one connection strictly in order, one at a time, as Kafka does by muting the
// channel: handlers may reply later, and the router keeps the order.

import type { ApiName, ResponseBody } from "../protocol/apis.js";

export interface RequestContext<A extends ApiName> {
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** Identifies the connection the request came by, unique among those of this process. */
  readonly connectionId: number;
  /** Address of the peer as Kafka prints it in group descriptions ("/127.0.0.1"). */
  readonly clientHost: string;
  /** Answers, once; now or later. */
  reply(body: ResponseBody<A>): void;
  /** Answers in another version than asked: only ApiVersions does, when it does not know the asked one (KIP-511). */
  replyInVersion(body: ResponseBody<A>, apiVersion: number): void;
  /** Ends the request without an answer (Produce with acks=0). */
  noReply(): void;
  /** Closes the connection: how a broker reports an error of acks=0 or an unreadable request. */
  close(): void;
}
