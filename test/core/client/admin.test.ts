// Whom the admin client asks, and how the answers of several requests become one.

import { beforeEach, expect, test } from "vitest";
import { Admin, type ConfigResource } from "../../../core/client/admin.js";
import { ADMIN_CONFIG } from "../../../core/config/client-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { Errors } from "../../../core/errors.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { answerBasics, run, ScriptedNetwork } from "./scripted-network.js";

let env: FakeEnvironment;
let network: ScriptedNetwork;
let admin: Admin;

beforeEach(() => {
  env = new FakeEnvironment();
  network = new ScriptedNetwork();
  answerBasics(network, []);
  admin = new Admin(env, parseConfig(ADMIN_CONFIG, { "bootstrap.servers": "broker-1:9092" }), network);
  run(env, network, 100);
});

function changeOf(type: ConfigResource["type"], name: string) {
  return { resource: { type, name }, configs: [{ name: "log.retention.ms", operation: "set", value: "1" }] as const };
}

test("settings of a broker are altered at that broker, all others by one request to any", () => {
  network.on("IncrementalAlterConfigs", (body, { node }) => ({
    responses: body.resources.map(({ resourceType, resourceName }) => {
      const isItsOwn = resourceType !== 4 || resourceName === "" || resourceName === String(node.id);
      return { resourceType, resourceName, errorCode: isItsOwn ? Errors.NONE : Errors.INVALID_REQUEST };
    }),
  }));
  let outcome: unknown;
  const changes = [changeOf("topic", "a"), changeOf("broker", "3"), changeOf("broker", ""), changeOf("broker", "2")];
  admin.incrementalAlterConfigs(changes, (result) => (outcome = result));
  run(env, network, 100);
  const sent = network.requests("IncrementalAlterConfigs");
  expect(sent.map(({ body }) => body.resources.map((entry: { resourceName: string }) => entry.resourceName))).toEqual([
    ["3"],
    ["2"],
    ["a", ""],
  ]);
  expect(outcome).toMatchObject({
    ok: true,
    value: ["3", "2", "a", ""].map((resourceName) => ({ resourceName, errorCode: Errors.NONE })),
  });
});

test("replacing the settings of a broker goes to that broker, too", () => {
  network.on("AlterConfigs", () => ({ responses: [] }));
  admin.alterConfigs({ type: "broker", name: "3" }, {}, () => {});
  run(env, network, 100);
  expect(network.last("AlterConfigs").node.id).toBe(3);
});

test("groups are those of all brokers, by id; a broker that does not answer is no answer", () => {
  network.on("ListGroups", (_body, { node }) => ({ groups: [{ groupId: `group-${9 - node.id}` }] }));
  let outcome: unknown;
  admin.listGroups((result) => (outcome = result));
  run(env, network, 100);
  expect(outcome).toMatchObject({ ok: true, value: [6, 7, 8].map((id) => ({ groupId: `group-${id}` })) });
  network.on("ListGroups", (_body, { node }) => (node.id === 2 ? "hold" : {}));
  outcome = undefined;
  admin.listGroups((result) => (outcome = result));
  run(env, network, 100);
  expect(outcome).toBeUndefined();
});

test("groups can be asked for before any broker is known", () => {
  network.on("ListGroups", (_body, { node }) => ({ groups: [{ groupId: `group-${node.id}` }] }));
  const early = new Admin(env, parseConfig(ADMIN_CONFIG, { "bootstrap.servers": "broker-1:9092" }), network);
  let outcome: unknown;
  early.listGroups((result) => (outcome = result));
  run(env, network, 1000);
  expect(outcome).toMatchObject({ ok: true, value: [1, 2, 3].map((id) => ({ groupId: `group-${id}` })) });
});

test("a broker is told to wait no longer than the attempt, and the attempt lasts no longer than the call", () => {
  const limits: unknown[] = [];
  network.on("CreateTopics", ({ timeoutMs }) => {
    limits.push(timeoutMs);
    return "hold";
  });
  const config = { "bootstrap.servers": "b:1", "request.timeout.ms": 300, "default.api.timeout.ms": 1000 };
  const patient = new Admin(env, parseConfig(ADMIN_CONFIG, config), network);
  run(env, network, 100);
  let outcome: unknown;
  patient.createTopics([{ name: "t" }], (result) => (outcome = result));
  run(env, network, 800);
  network.last("CreateTopics").fail("disconnected");
  run(env, network, 140);
  expect(limits[0]).toBe(300);
  expect(limits).toHaveLength(2);
  expect(limits[1]).toBeLessThan(200);
  expect(outcome).toBeUndefined();
});

test("a call that is over has timed out, whatever the last attempt said, and not before its time", () => {
  network.on("ElectLeaders", () => ({ errorCode: Errors.NOT_CONTROLLER }));
  const config = { "bootstrap.servers": "b:1", "default.api.timeout.ms": 1000 };
  const hasty = new Admin(env, parseConfig(ADMIN_CONFIG, config), network);
  run(env, network, 100);
  let outcome: unknown;
  hasty.electLeaders("preferred", null, (result) => (outcome = result));
  run(env, network, 990);
  expect(outcome).toBeUndefined();
  run(env, network, 20);
  expect(outcome).toMatchObject({ ok: false, error: Errors.REQUEST_TIMED_OUT });
});

test("what only the controller decides goes to the broker metadata names in its place, as soon as it is named", () => {
  network.on("CreateTopics", () => ({ topics: [] }));
  const early = new Admin(env, parseConfig(ADMIN_CONFIG, { "bootstrap.servers": "broker-1:9092" }), network);
  network.sent.length = 0;
  let outcome: unknown;
  early.createTopics([{ name: "t" }], (result) => (outcome = result));
  run(env, network, 5);
  expect(network.sent.map(({ api, node }) => `${api} ${node.id}`)).toEqual(["CreateTopics 1"]);
  expect(outcome).toMatchObject({ ok: true });
  const metadata = network.handlerOf("Metadata");
  network.on("Metadata", (body, request) => ({ ...(metadata(body, request) as object), controllerId: 3 }));
  network.on("CreateTopics", (_body, { node }) => ({
    topics: [{ name: "u", errorCode: node.id === 3 ? Errors.NONE : Errors.NOT_CONTROLLER }],
  }));
  early.createTopics([{ name: "u" }], (result) => (outcome = result));
  run(env, network, 500);
  expect(network.requests("CreateTopics").map(({ node }) => node.id)).toEqual([1, 1, 3]);
  expect(outcome).toMatchObject({ ok: true, value: [{ name: "u", errorCode: Errors.NONE }] });
});

test("a call nobody can be found for has timed out at its deadline", () => {
  const config = { "bootstrap.servers": "b:1", "default.api.timeout.ms": 1000 };
  network.on("Metadata", () => "disconnected");
  const lost = new Admin(env, parseConfig(ADMIN_CONFIG, config), network);
  let outcome: unknown;
  lost.createTopics([{ name: "t" }], (result) => (outcome = result));
  run(env, network, 995);
  expect(outcome).toBeUndefined();
  run(env, network, 10);
  expect(outcome).toMatchObject({ ok: false, error: Errors.REQUEST_TIMED_OUT });
});
