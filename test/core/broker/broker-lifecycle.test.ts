import { expect, test } from "vitest";
import { BrokerLifecycle } from "../../../core/broker/broker-lifecycle.js";
import { createBrokerNode } from "../../../core/broker/broker-node.js";
import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { APIS } from "../../../core/protocol/apis.js";
import type { ControllerChannel } from "../../../core/protocol/controller-channel.js";
import { FakeEnvironment } from "../support/fake-environment.js";

const LOG_DIR = "AAAAAAAAAAAAAAAAAAAABQ";

test("registration: a broker that finds no controller in initial.broker.registration.timeout.ms ends its process", () => {
  const env = new FakeEnvironment();
  let halts = 0;
  const make = createBrokerNode({
    nodeId: 1,
    clusterId: "test-cluster",
    voters: [{ id: 101, host: "controller-1", port: 9093 }],
    listener: { host: "broker-1", port: 9092 },
    config: {},
  });
  make(Object.assign(env, { halt: () => (halts += 1) })).start();
  env.advance(59_000);
  expect(halts).toBe(0);
  env.advance(2000);
  expect(halts).toBe(1);
});

test("controlled shutdown: a controller that never grants it is waited for five minutes", () => {
  const env = new FakeEnvironment();
  let isFenced = true;
  const channel: ControllerChannel = {
    send: (api, _body, onOutcome) => {
      const registered = APIS.BrokerRegistration.response.create({ brokerEpoch: 7 });
      const beat = APIS.BrokerHeartbeat.response.create({ isCaughtUp: true, isFenced, shouldShutDown: false });
      env.timers
        .create("answer", () =>
          onOutcome({ ok: true, body: (api === "BrokerRegistration" ? registered : beat) as never }),
        )
        .arm(1);
    },
  };
  const lifecycle = new BrokerLifecycle({
    env,
    brokerId: 1,
    clusterId: "test-cluster",
    config: parseConfig(BROKER_CONFIG, {}),
    channel,
    endpoint: { host: "broker-1", port: 9092 },
    previousBrokerEpoch: -1,
    logDirId: LOG_DIR,
    metadataOffset: () => 7,
    onCaughtUp: () => lifecycle.setReadyToUnfence(),
    onUnfenced: () => {},
  });
  lifecycle.start();
  env.advance(100);
  isFenced = false;
  env.advance(5000);
  expect(lifecycle.state).toBe("RUNNING");
  let stops = 0;
  lifecycle.initiateControlledShutdown(() => (stops += 1));
  env.advance(299_000);
  expect([lifecycle.state, stops]).toEqual(["PENDING_CONTROLLED_SHUTDOWN", 0]);
  env.advance(1000);
  expect([lifecycle.state, stops]).toEqual(["SHUTTING_DOWN", 1]);
});
