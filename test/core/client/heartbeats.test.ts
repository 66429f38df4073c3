import { expect, test } from "vitest";
import type { CoordinatorAnswer, CoordinatorLink } from "../../../core/client/coordinator-link.js";
import { Heartbeats } from "../../../core/client/heartbeats.js";
import { CONSUMER_CONFIG } from "../../../core/config/client-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { Errors } from "../../../core/errors.js";
import { FakeEnvironment } from "../support/fake-environment.js";

test("a heartbeat without an answer is repeated after retry.backoff.ms, not at the next interval (3 s, 100 ms)", () => {
  const env = new FakeEnvironment();
  const sentAtMs: number[] = [];
  const answers: CoordinatorAnswer<"Heartbeat">[] = [
    { ok: false, error: Errors.NETWORK_EXCEPTION },
    { ok: true, body: { throttleTimeMs: 0, errorCode: Errors.NONE } },
    { ok: true, body: { throttleTimeMs: 0, errorCode: Errors.NONE } },
  ];
  const link = {
    send: (_api: string, _body: object, onAnswer: (answer: CoordinatorAnswer<"Heartbeat">) => void) => {
      sentAtMs.push(env.clock.monotonicMs());
      onAnswer(answers.shift()!);
    },
    markUnknown: () => {},
  } as unknown as CoordinatorLink;
  const identity = () => ({ generationId: 1, memberId: "m", groupInstanceId: null });
  const config = parseConfig(CONSUMER_CONFIG, { "bootstrap.servers": "broker-1:9092", "group.id": "g" });
  new Heartbeats(env, config, link, identity, () => {}).start();
  env.advance(6500);
  expect(sentAtMs).toHaveLength(3);
  expect(sentAtMs[0]).toBe(3000);
  expect(sentAtMs[1]).toBeGreaterThanOrEqual(3080);
  expect(sentAtMs[1]).toBeLessThanOrEqual(3120);
  expect(sentAtMs[2]! - sentAtMs[1]!).toBe(3000);
});
