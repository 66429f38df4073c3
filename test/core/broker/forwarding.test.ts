import { expect, test } from "vitest";
import { forward, forwardDeleteTopics, forwardElectLeaders } from "../../../core/broker/forwarding.js";
import type { RequestContext } from "../../../core/broker/request-context.js";
import { Errors } from "../../../core/errors.js";
import { APIS, type RequestBody, type ResponseBody } from "../../../core/protocol/apis.js";
import type { ControllerChannel } from "../../../core/protocol/controller-channel.js";
import { ZERO_UUID } from "../../../core/types.js";
import { ask, ScriptedController } from "./support.js";

const NO_CONTROLLER: ControllerChannel = {
  send: (_api, _body, onOutcome) => onOutcome({ ok: false, reason: "timed-out" }),
};

function contextOf<A extends "CreateTopics" | "DescribeQuorum">(answers: ResponseBody<A>[]): RequestContext<A> {
  return {
    apiVersion: 7,
    clientId: "app",
    connectionId: 1,
    clientHost: "/10.0.0.1",
    reply: (response) => answers.push(response),
    replyInVersion: (response) => answers.push(response),
    noReply: () => {},
    close: () => {
      throw new Error("the connection stays open");
    },
  };
}

test("no controller in time: every topic asked for timed out, and the connection stays open", () => {
  const answers: ResponseBody<"CreateTopics">[] = [];
  const body = APIS.CreateTopics.request.create({ topics: [{ name: "a" }, { name: "b" }] });
  forward(NO_CONTROLLER, "CreateTopics", body, contextOf(answers));
  expect(answers[0]!.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ["a", Errors.REQUEST_TIMED_OUT],
    ["b", Errors.REQUEST_TIMED_OUT],
  ]);
});

test("no controller in time: an answer with an error of its own says it there", () => {
  const answers: ResponseBody<"DescribeQuorum">[] = [];
  forward(NO_CONTROLLER, "DescribeQuorum", APIS.DescribeQuorum.request.create({}), contextOf(answers));
  expect(answers[0]!.errorCode).toBe(Errors.REQUEST_TIMED_OUT);
});

test("no controller in time: every partition asked about timed out, in versions without a place for more, too", () => {
  const topicPartitions = [{ topic: "a", partitions: [0, 2] }];
  const elect = (apiVersion: number) =>
    ask(
      "ElectLeaders",
      (body, context) => forwardElectLeaders(NO_CONTROLLER, body, context),
      { topicPartitions },
      apiVersion,
    ).body!;
  for (const version of [0, 2]) {
    expect(elect(version).errorCode).toBe(version === 0 ? Errors.NONE : Errors.REQUEST_TIMED_OUT);
    expect(elect(version).replicaElectionResults).toMatchObject([
      {
        topic: "a",
        partitionResult: [0, 2].map((partitionId) => ({ partitionId, errorCode: Errors.REQUEST_TIMED_OUT })),
      },
    ]);
  }
  const topics = [{ name: "a", partitions: [{ partitionIndex: 2, replicas: [1] }] }];
  const moved = ask(
    "AlterPartitionReassignments",
    (body, context) => forward(NO_CONTROLLER, "AlterPartitionReassignments", body, context),
    { topics },
    0,
  ).body!;
  expect(moved.errorCode).toBe(Errors.REQUEST_TIMED_OUT);
  expect(moved.responses[0]!.partitions).toMatchObject([{ partitionIndex: 2, errorCode: Errors.REQUEST_TIMED_OUT }]);
});

test("a client too old to know that deletion can be disabled is told INVALID_REQUEST (KIP-322)", () => {
  const responses = [{ name: "a", topicId: ZERO_UUID, errorCode: Errors.TOPIC_DELETION_DISABLED, errorMessage: null }];
  const errorAt = (apiVersion: number) => {
    const controller = new ScriptedController();
    const handle = (body: RequestBody<"DeleteTopics">, context: RequestContext<"DeleteTopics">) =>
      forwardDeleteTopics(controller, body, context);
    const asked = ask("DeleteTopics", handle, { topicNames: ["a"] }, apiVersion);
    expect(controller.asked[0]!.body).toMatchObject({ topics: [{ name: "a" }], topicNames: [] });
    controller.asked[0]!.answer({ ok: true, body: { throttleTimeMs: 0, responses } });
    return asked.body!.responses[0]!.errorCode;
  };
  expect([1, 2, 3, 5].map(errorAt)).toEqual([
    Errors.INVALID_REQUEST,
    Errors.INVALID_REQUEST,
    Errors.TOPIC_DELETION_DISABLED,
    Errors.TOPIC_DELETION_DISABLED,
  ]);
});
