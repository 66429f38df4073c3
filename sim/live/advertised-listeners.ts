// Advertised listeners: what outside clients are told about where the brokers are.
// Inside, brokers find each other by simulated host names. Kafka keeps a listener name for each network a client may
// come from and answers with the endpoints of that listener; this is that substitution, at the edge.

import { APIS, type ResponseBody } from "../../core/protocol/apis.js";
import type { ResponseMessage } from "../../core/environment.js";
import type { Endpoint, NodeId } from "../../core/types.js";

/** Where outside clients reach each broker. */
export type AdvertisedListeners = ReadonlyMap<NodeId, Endpoint>;

interface NamedByNodeId {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
}

/** The response with every endpoint of a broker replaced by the advertised one. */
export function advertise(message: ResponseMessage, listeners: AdvertisedListeners): ResponseMessage {
  const at = <T extends NamedByNodeId>(row: T): T => ({ ...row, ...listeners.get(row.nodeId) });
  switch (message.apiKey) {
    case APIS.Metadata.key: {
      const body = message.body as ResponseBody<"Metadata">;
      return { ...message, body: { ...body, brokers: body.brokers.map(at) } };
    }
    case APIS.FindCoordinator.key: {
      const body = message.body as ResponseBody<"FindCoordinator">;
      return { ...message, body: { ...at(body), coordinators: body.coordinators.map(at) } };
    }
    case APIS.DescribeCluster.key: {
      const body = message.body as ResponseBody<"DescribeCluster">;
      const brokers = body.brokers.map((row) => ({ ...row, ...listeners.get(row.brokerId) }));
      return { ...message, body: { ...body, brokers } };
    }
    case APIS.Produce.key:
    case APIS.Fetch.key: {
      const body = message.body as ResponseBody<"Produce"> | ResponseBody<"Fetch">;
      if (body.nodeEndpoints.length === 0) return message;
      return { ...message, body: { ...body, nodeEndpoints: body.nodeEndpoints.map(at) } };
    }
    default:
      return message;
  }
}
