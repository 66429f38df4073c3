// max.poll.interval.ms: a member whose application does not poll gives its place up, and comes back by a poll only.

import { expect, test } from "vitest";
import { Errors } from "../../../core/errors.js";
import { answerGroup, world, type World } from "./consumer-world.js";
import { run } from "./scripted-network.js";

function member(): World & { readonly group: { heartbeat: number } } {
  const all = world({ "group.id": "g", "max.poll.interval.ms": 8000, "auto.offset.reset": "earliest" });
  const group = answerGroup(all.network);
  all.log.values.push("a");
  all.consumer.subscribe(["orders"]);
  all.consume(1000);
  return { ...all, group };
}

test("between two attempts to join, a poll that does not come ends the attempts", () => {
  const { env, network, consumer, consume, group } = member();
  let isLoading = true;
  const answer = network.handlerOf("JoinGroup");
  network.on("JoinGroup", (body, request) =>
    isLoading ? { errorCode: Errors.COORDINATOR_LOAD_IN_PROGRESS } : answer(body, request),
  );
  group.heartbeat = Errors.REBALANCE_IN_PROGRESS;
  consume(3500);
  expect(consumer.assignment).toEqual([]);
  run(env, network, 9000);
  isLoading = false;
  run(env, network, 5000);
  expect(consumer.groupMetadata.generationId).toBe(1);
  expect(consumer.assignment).toEqual([]);
  consume(500);
  expect(consumer.assignment).toHaveLength(1);
});

test("a commit before revocation that outlasts the poll interval does not lead to a join", () => {
  const { env, network, consumer, consume, group } = member();
  network.on("OffsetCommit", () => "hold");
  group.heartbeat = Errors.REBALANCE_IN_PROGRESS;
  consume(3500);
  run(env, network, 9000);
  const joins = network.requests("JoinGroup").length;
  network.last("OffsetCommit").answer({ topics: [] });
  run(env, network, 5000);
  expect([network.requests("JoinGroup").length - joins, consumer.assignment]).toEqual([0, []]);
  consume(500);
  expect(consumer.assignment).toHaveLength(1);
});
