// AlterConfigs and IncrementalAlterConfigs on their way to the controller: what only the asked broker can refuse.
// Kafka's ConfigAdminManager. A change of one broker's settings has to be sent to that broker, for only there are its
// other settings known that a new value must agree with. What is refused here is not forwarded; the rest of the
// request is, and the answer names all resources in the order asked.

import { apiError, type ApiError } from "../controller/api-error.js";
import { Errors } from "../errors.js";
import { ConfigResourceType } from "../metadata/metadata-image.js";
import { APIS, type RequestBody, type ResponseBody } from "../protocol/apis.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import type { NodeId } from "../types.js";
import { forward } from "./forwarding.js";
import type { RequestContext } from "./request-context.js";

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** Forwards what is left of the request after this broker's refusals; without anything left it is answered at once. */
export function alterConfigs<A extends "AlterConfigs" | "IncrementalAlterConfigs">(
  channel: ControllerChannel,
  brokerId: NodeId,
  api: A,
  body: RequestBody<A>,
  context: RequestContext<A>,
): void {
  const refusals = body.resources.map((resource) => refusalOf(resource, brokerId));
  const remaining = body.resources.filter((_, index) => refusals[index] === undefined);
  const reply = (answer: ResponseBody<A>): void => {
    // The controller answers every resource, in the order it got them.
    const persisted = answer.responses[Symbol.iterator]();
    const responses = body.resources.map(({ resourceType, resourceName }, index) => {
      const refusal = refusals[index];
      return refusal === undefined ? persisted.next().value! : { ...refusal, resourceType, resourceName };
    });
    context.reply({ ...answer, responses });
  };
  if (remaining.length === 0) reply(APIS[api].response.create({}) as ResponseBody<A>);
  else forward(channel, api, { ...body, resources: remaining }, { reply });
}

function refusalOf({ resourceType, resourceName }: Resource, brokerId: NodeId): ApiError | undefined {
  // Without a name: the settings of all brokers, which any of them may pass on.
  if (resourceType !== ConfigResourceType.BROKER || resourceName === "") return undefined;
  if (!/^[+-]?\d+$/.test(resourceName)) {
    return apiError(Errors.INVALID_REQUEST, `Node id must be an integer, but it is: ${resourceName}`);
  }
  if (Number(resourceName) === brokerId) return undefined;
  const message = `Unexpected broker id, expected ${brokerId} or empty string, but received ${resourceName}`;
  return apiError(Errors.INVALID_REQUEST, message);
}
