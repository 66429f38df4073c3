import { expect, test } from "vitest";
import { alterConfigs } from "../../../core/broker/config-admin-manager.js";
import { Errors } from "../../../core/errors.js";
import type { RequestBody } from "../../../core/protocol/apis.js";
import { ask, ConfigResource, ScriptedController } from "./support.js";

const BROKER_ID = 1;

function resource(resourceType: number, resourceName: string) {
  const configs = [{ name: "log.retention.ms", value: "1", configOperation: 0 }];
  return { resourceType, resourceName, configs };
}

function alter(controller: ScriptedController, resources: readonly ReturnType<typeof resource>[]) {
  return ask(
    "IncrementalAlterConfigs",
    (body, context) => alterConfigs(controller, BROKER_ID, "IncrementalAlterConfigs", body, context),
    { resources, validateOnly: true },
    1,
  );
}

test("settings of one broker are altered at that broker; the rest goes on, and the answer keeps the order", () => {
  const controller = new ScriptedController();
  const asked = alter(controller, [
    resource(ConfigResource.BROKER, "2"),
    resource(ConfigResource.TOPIC, "2"),
    resource(ConfigResource.BROKER, "one"),
    resource(ConfigResource.BROKER, "1"),
    resource(ConfigResource.BROKER, ""),
  ]);
  const { body, answer } = controller.asked[0]!;
  const forwarded = body as RequestBody<"IncrementalAlterConfigs">;
  expect(forwarded.validateOnly).toBe(true);
  expect(forwarded.resources.map(({ resourceType, resourceName }) => [resourceType, resourceName])).toEqual([
    [ConfigResource.TOPIC, "2"],
    [ConfigResource.BROKER, "1"],
    [ConfigResource.BROKER, ""],
  ]);
  expect(asked.body).toBeUndefined();
  const responses = forwarded.resources.map(({ resourceType, resourceName }, index) => ({
    errorCode: index === 0 ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NONE,
    errorMessage: null,
    resourceType,
    resourceName,
  }));
  answer({ ok: true, body: { throttleTimeMs: 0, responses } });
  expect(asked.body!.responses.map(({ resourceName, errorCode }) => [resourceName, errorCode])).toEqual([
    ["2", Errors.INVALID_REQUEST],
    ["2", Errors.UNKNOWN_TOPIC_OR_PARTITION],
    ["one", Errors.INVALID_REQUEST],
    ["1", Errors.NONE],
    ["", Errors.NONE],
  ]);
  expect(asked.body!.responses[0]!.errorMessage).toBe(
    "Unexpected broker id, expected 1 or empty string, but received 2",
  );
});

test("nothing left to forward: the answer comes at once", () => {
  const controller = new ScriptedController();
  const asked = alter(controller, [resource(ConfigResource.BROKER, "2")]);
  expect(asked.body!.responses.map(({ errorCode }) => errorCode)).toEqual([Errors.INVALID_REQUEST]);
  expect(controller.asked).toEqual([]);
});

test("no controller in time: what was to be forwarded timed out, what was refused stays refused", () => {
  const controller = new ScriptedController();
  const asked = ask(
    "AlterConfigs",
    (body, context) => alterConfigs(controller, BROKER_ID, "AlterConfigs", body, context),
    { resources: [resource(ConfigResource.BROKER, "1"), resource(ConfigResource.BROKER, "3")] },
    2,
  );
  controller.asked[0]!.answer({ ok: false, reason: "timed-out" });
  expect(asked.body!.responses.map(({ errorCode }) => errorCode)).toEqual([
    Errors.REQUEST_TIMED_OUT,
    Errors.INVALID_REQUEST,
  ]);
});
