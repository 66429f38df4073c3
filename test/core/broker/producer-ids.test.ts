import { expect, test } from "vitest";
import { handleInitProducerId, ProducerIds } from "../../../core/broker/producer-ids.js";
import { Errors } from "../../../core/errors.js";
import { ask, ScriptedController } from "./support.js";

function granted(producerIdStart: number, producerIdLen: number) {
  return { ok: true, body: { throttleTimeMs: 0, errorCode: Errors.NONE, producerIdStart, producerIdLen } };
}

function broker() {
  const controller = new ScriptedController();
  const ids = new ProducerIds(controller, 1, () => 42);
  const init = (transactionalId: string | null = null, own: { producerId?: number; producerEpoch?: number } = {}) =>
    ask("InitProducerId", (body, context) => handleInitProducerId(ids, body, context), { transactionalId, ...own }, 4);
  return { controller, init };
}

test("those who come before the block share one request and get different ids, at epoch 0", () => {
  const { controller, init } = broker();
  const first = init();
  const second = init();
  expect(controller.asked).toMatchObject([{ api: "AllocateProducerIds", body: { brokerId: 1, brokerEpoch: 42 } }]);
  expect(first.body).toBeUndefined();
  controller.asked[0]!.answer(granted(5000, 1000));
  expect([first.body, second.body]).toMatchObject([
    { errorCode: Errors.NONE, producerId: 5000, producerEpoch: 0 },
    { errorCode: Errors.NONE, producerId: 5001, producerEpoch: 0 },
  ]);
  expect(init().body!.producerId).toBe(5002);
  expect(controller.asked).toHaveLength(1);
});

test("a used-up block is followed by another, also for those who waited in vain for the first", () => {
  const { controller, init } = broker();
  const answers = [init(), init(), init()];
  controller.asked[0]!.answer(granted(0, 2));
  expect(answers.map(({ body }) => body?.producerId)).toEqual([0, 1, undefined]);
  controller.asked[1]!.answer(granted(7000, 2));
  expect(answers[2]!.body!.producerId).toBe(7000);
});

test("no block: the client is told to try again, and the next one asks the controller anew", () => {
  const { controller, init } = broker();
  const refused = init();
  controller.asked[0]!.answer({ ok: false, reason: "timed-out" });
  expect(refused.body).toMatchObject({ errorCode: Errors.COORDINATOR_LOAD_IN_PROGRESS, producerId: -1 });
  const fenced = init();
  controller.asked[1]!.answer({ ok: true, body: { ...granted(0, 0).body, errorCode: Errors.STALE_BROKER_EPOCH } });
  expect(fenced.body!.errorCode).toBe(Errors.COORDINATOR_LOAD_IN_PROGRESS);
});

test("transactional ids are another coordinator's business; an empty one is nobody's", () => {
  const { controller, init } = broker();
  expect(init("tx").body!.errorCode).toBe(Errors.NOT_COORDINATOR);
  expect(init("").body!.errorCode).toBe(Errors.INVALID_REQUEST);
  expect(controller.asked).toHaveLength(0);
});

test("KIP-360: an id without its epoch, or an epoch without its id, is a mistake", () => {
  const { init } = broker();
  expect(init("tx", { producerId: 7 }).body!.errorCode).toBe(Errors.INVALID_REQUEST);
  expect(init("tx", { producerEpoch: 0 }).body!.errorCode).toBe(Errors.INVALID_REQUEST);
  expect(init("tx", { producerId: 7, producerEpoch: 0 }).body!.errorCode).toBe(Errors.NOT_COORDINATOR);
});
