// Forwarding: changes of metadata are made by the active controller; a broker passes such requests on (KIP-590).
// Kafka wraps them in an Envelope, so that the controller can check who asked. There are no principals here, so the
// request travels as it is; the client's connection waits for the controller's answer as it does in Kafka.

import { errorResponse, type ControllerApi } from "../controller/not-controller.js";
import { Errors } from "../errors.js";
import type { ApiName, RequestBody, ResponseBody } from "../protocol/apis.js";
import { APIS } from "../protocol/apis.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import { ZERO_UUID } from "../types.js";
import type { RequestContext } from "./request-context.js";

/** APIs a broker passes on to the active controller. */
export const FORWARDED_APIS = [
  "CreateTopics",
  "DeleteTopics",
  "CreatePartitions",
  "AlterConfigs",
  "IncrementalAlterConfigs",
  "ElectLeaders",
  "AlterPartitionReassignments",
  "ListPartitionReassignments",
  "UpdateFeatures",
  "UnregisterBroker",
  "DescribeQuorum",
] as const satisfies readonly ApiName[];

type ForwardedApi = (typeof FORWARDED_APIS)[number];

/** How long a broker looks for a controller that answers, milliseconds. */
const FORWARDING_TIMEOUT_MS = 60_000;

/** Passes the request on and its answer back; without a controller in time everything asked for timed out. */
export function forward<A extends ForwardedApi>(
  channel: ControllerChannel,
  api: A,
  body: RequestBody<A>,
  context: Pick<RequestContext<A>, "reply">,
): void {
  channel.send(
    api,
    body,
    (outcome) => {
      if (outcome.ok) context.reply(outcome.body);
      else context.reply(timedOut(api, body));
    },
    FORWARDING_TIMEOUT_MS,
  );
}

/**
 * DeleteTopics, of which the controller is spoken to in the newest form: before v6 the topics are named in another
 * field, and before v3 clients do not know TOPIC_DELETION_DISABLED (KIP-322).
 */
export function forwardDeleteTopics(
  channel: ControllerChannel,
  body: RequestBody<"DeleteTopics">,
  context: RequestContext<"DeleteTopics">,
): void {
  const topics = context.apiVersion >= 6 ? body.topics : body.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  const reply = (answer: ResponseBody<"DeleteTopics">): void => {
    if (context.apiVersion >= 3) return context.reply(answer);
    const responses = answer.responses.map((row) =>
      row.errorCode === Errors.TOPIC_DELETION_DISABLED ? { ...row, errorCode: Errors.INVALID_REQUEST } : row,
    );
    context.reply({ ...answer, responses });
  };
  forward(channel, "DeleteTopics", { ...body, topics, topicNames: [] }, { reply });
}

/** ElectLeaders, whose first version tells errors of partitions alone: one of the whole request stands in each of them. */
export function forwardElectLeaders(
  channel: ControllerChannel,
  body: RequestBody<"ElectLeaders">,
  context: RequestContext<"ElectLeaders">,
): void {
  const reply = (answer: ResponseBody<"ElectLeaders">): void =>
    context.reply(context.apiVersion >= 1 ? answer : { ...answer, errorCode: Errors.NONE });
  forward(channel, "ElectLeaders", body, { reply });
}

function timedOut<A extends ForwardedApi>(api: A, body: RequestBody<A>): ResponseBody<A> {
  const error = Errors.REQUEST_TIMED_OUT;
  if (api === "DescribeQuorum") return APIS[api].response.create({ errorCode: error } as never) as ResponseBody<A>;
  return errorResponse(api as ControllerApi, body as RequestBody<ControllerApi>, error) as ResponseBody<A>;
}
