// Producer ids: a number for each idempotent producer, unique for the life of the cluster.
// The controller hands each broker a block of 1000 and records that it did, so a broker can give ids out without a
// round trip, and no id is ever given twice: what is left of a block is forgotten when the broker restarts.

import { Errors } from "../errors.js";
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from "../log/batch-header.js";
import type { RequestBody } from "../protocol/apis.js";
import type { ControllerChannel } from "../protocol/controller-channel.js";
import type { RequestContext } from "./request-context.js";

/** Time a broker waits for a block. */
const ALLOCATION_TIMEOUT_MS = 60_000;

export class ProducerIds {
  readonly #channel: ControllerChannel;
  readonly #brokerId: number;
  readonly #brokerEpoch: () => number;
  readonly #waiting: ((producerId: number | undefined) => void)[] = [];
  #next = 0;
  #end = 0;
  #requested = false;

  constructor(channel: ControllerChannel, brokerId: number, brokerEpoch: () => number) {
    this.#channel = channel;
    this.#brokerId = brokerId;
    this.#brokerEpoch = brokerEpoch;
  }

  /** Gives the next id; undefined if the controller did not grant a block (the client tries again). */
  next(onId: (producerId: number | undefined) => void): void {
    if (this.#next < this.#end) {
      onId(this.#next++);
      return;
    }
    this.#waiting.push(onId);
    if (!this.#requested) this.#request();
  }

  #request(): void {
    this.#requested = true;
    const body = { brokerId: this.#brokerId, brokerEpoch: this.#brokerEpoch() };
    this.#channel.send(
      "AllocateProducerIds",
      body,
      (outcome) => {
        this.#requested = false;
        const granted = outcome.ok && outcome.body.errorCode === Errors.NONE;
        if (granted) {
          this.#next = outcome.body.producerIdStart;
          this.#end = outcome.body.producerIdStart + outcome.body.producerIdLen;
        }
        const waiting = this.#waiting.splice(0);
        for (const onId of waiting) {
          if (granted) this.next(onId);
          else onId(undefined);
        }
      },
      ALLOCATION_TIMEOUT_MS,
    );
  }
}

/**
 * Answers InitProducerId for idempotent producers. A request with a transactional id belongs to a transaction
 * coordinator, which this broker does not have.
 */
export function handleInitProducerId(
  producerIds: ProducerIds,
  body: RequestBody<"InitProducerId">,
  context: RequestContext<"InitProducerId">,
): void {
  const refuse = (errorCode: number): void =>
    context.reply({ throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 });
  // KIP-360: a producer names the id it had with its epoch, or neither.
  if ((body.producerId === NO_PRODUCER_ID) !== (body.producerEpoch === NO_PRODUCER_EPOCH)) {
    return refuse(Errors.INVALID_REQUEST);
  }
  if (body.transactionalId === "") return refuse(Errors.INVALID_REQUEST);
  if (body.transactionalId !== null) return refuse(Errors.NOT_COORDINATOR);
  producerIds.next((producerId) => {
    if (producerId === undefined) refuse(Errors.COORDINATOR_LOAD_IN_PROGRESS);
    else context.reply({ throttleTimeMs: 0, errorCode: Errors.NONE, producerId, producerEpoch: 0 });
  });
}
