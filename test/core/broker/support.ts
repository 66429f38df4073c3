// Vocabulary of the request handlers' tests: a small cluster as metadata, and asking a handler at a version. Every
// answer must be encodable at the version it was asked for.

import { expect } from "vitest";
import type { ControllerChannel, ControllerOutcome } from "../../../core/protocol/controller-channel.js";
import type { RequestContext } from "../../../core/broker/request-context.js";
import { MetadataImage } from "../../../core/metadata/metadata-image.js";
import { type ApiName, APIS, type RequestBody, type ResponseBody } from "../../../core/protocol/apis.js";
import { ByteWriter } from "../../../core/protocol/bytes.js";
import { metadataRecord } from "../../../core/protocol/messages/metadata-records.js";

export const ORDERS_ID = "AAAAAAAAAAAAAAAAAAAABQ";
export const USERS_ID = "AAAAAAAAAAAAAAAAAAAABg";

export function registerBroker(image: MetadataImage, brokerId: number, fenced = false): void {
  const endPoints = [{ name: "PLAINTEXT", host: `broker-${brokerId}`, port: 9092 }];
  image.replay(metadataRecord("RegisterBrokerRecord", { brokerId, brokerEpoch: 7, endPoints, rack: "r1", fenced }));
}

export function createTopic(image: MetadataImage, name: string, topicId: string, leaders: readonly number[]): void {
  image.replay(metadataRecord("TopicRecord", { name, topicId }));
  leaders.forEach((leader, partitionId) => {
    const replicas = [1, 2, 3];
    const state = { replicas, isr: [1, 2], leader, leaderEpoch: 4, partitionEpoch: 6 };
    image.replay(metadataRecord("PartitionRecord", { topicId, partitionId, ...state }));
  });
}

export const ConfigResource = { TOPIC: 2, BROKER: 4 } as const;

export function setConfig(
  image: MetadataImage,
  resourceType: number,
  resourceName: string,
  name: string,
  value: string,
) {
  image.replay(metadataRecord("ConfigRecord", { resourceType, resourceName, name, value }));
}

/** Brokers 1 and 2 are alive, 3 is fenced; orders has three partitions (2 leads, 1 leads, nobody leads), users one. */
export function cluster(): MetadataImage {
  const image = new MetadataImage();
  registerBroker(image, 1);
  registerBroker(image, 2);
  registerBroker(image, 3, true);
  createTopic(image, "orders", ORDERS_ID, [2, 1, -1]);
  createTopic(image, "users", USERS_ID, [1]);
  return image;
}

/** Asks a handler; undefined while it has not answered. */
export function ask<A extends ApiName>(
  api: A,
  handle: (body: RequestBody<A>, context: RequestContext<A>) => void,
  body: Partial<RequestBody<A>>,
  apiVersion: number,
): { readonly body: ResponseBody<A> | undefined; readonly version: number } {
  const seen: { body: ResponseBody<A> | undefined; version: number } = { body: undefined, version: -1 };
  const replyInVersion = (response: ResponseBody<A>, version: number): void => {
    expect(seen.body).toBeUndefined();
    APIS[api].response.encode(new ByteWriter(), response as never, version);
    seen.body = response;
    seen.version = version;
  };
  handle(APIS[api].request.create(body as never) as RequestBody<A>, {
    apiVersion,
    clientId: "app",
    connectionId: 1,
    clientHost: "/127.0.0.1",
    reply: (response) => replyInVersion(response, apiVersion),
    replyInVersion,
    noReply: () => {},
    close: () => {},
  });
  return seen;
}

export interface Forwarded {
  readonly api: ApiName;
  readonly body: unknown;
  readonly answer: (outcome: unknown) => void;
}

/** A line to a controller that answers when the test says so. */
export class ScriptedController implements ControllerChannel {
  readonly asked: Forwarded[] = [];

  send<A extends ApiName>(api: A, body: RequestBody<A>, onOutcome: (outcome: ControllerOutcome<A>) => void): void {
    this.asked.push({ api, body, answer: (outcome) => onOutcome(outcome as ControllerOutcome<A>) });
  }
}
