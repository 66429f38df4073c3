// What the application is told of its partitions when it leaves the group.

import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { answerGroup, world } from "./consumer-world.js";
import { run } from "./scripted-network.js";

test.each([
  ["close", Errors.NONE, ["revoked"]],
  ["unsubscribe", Errors.NONE, ["revoked"]],
  ["close", Errors.ILLEGAL_GENERATION, ["lost"]],
  ["unsubscribe", Errors.UNKNOWN_MEMBER_ID, ["lost"]],
] as const)("%s after a heartbeat was answered %i", (how, heartbeat, expected) => {
  const { env, network, consumer, consume } = world({ "group.id": "g" });
  const group = answerGroup(network);
  const story: string[] = [];
  consumer.subscribe(["orders"], { onLost: () => story.push("lost"), onRevoked: () => story.push("revoked") });
  consume(1000);
  group.heartbeat = heartbeat;
  run(env, network, 4000);
  expect(story).toEqual([]);
  consumer[how]();
  run(env, network, 100);
  expect(story).toEqual(expected);
});
