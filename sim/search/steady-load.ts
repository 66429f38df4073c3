// Steady load: records sent one after another at an even pace while a script does other things.
// Which producer, topic, key and size a record has follows from its number alone, so that a record left out, a topic
// less or a shorter run leaves all others as they were: what shrinking needs.

import type { ProducerHandle, World } from "../world/world.js";
import type { Load } from "./trial.js";

/** A topic that takes part; compacted ones refuse records without a key. */
export interface LoadedTopic {
  readonly topic: string;
  readonly compacted?: boolean;
}

/** What a script holds of a load that runs. */
export interface SteadyLoad {
  /** Lets time pass to `atMs` after the load began, sending what is due before that moment. */
  until(atMs: number): void;
  /** Sends `records` more at this moment. */
  burst(records: number): void;
}

/** Keys of compacted topics when the load itself has none. */
const COMPACTED_KEYS = 10;

/** Begins a load: its clock starts now. A record whose producer is down is not sent. */
export function steadyLoad(
  world: World,
  producers: readonly ProducerHandle[],
  topics: readonly LoadedTopic[],
  { records, everyMs, atOnce = 1, keys, valueBytes }: Load,
): SteadyLoad {
  const startMs = world.nowMs;
  let sent = 0;
  let burst = 0;

  const dueMs = (number: number): number => (number - (number % atOnce)) * everyMs;
  const send = (number: number, label: string): void => {
    const turn = Math.floor(number / atOnce);
    const producer = producers[turn % producers.length];
    // The topic changes after each round of producers: else two producers and two topics would make two pairs.
    const chosen = topics[Math.floor(turn / producers.length) % topics.length];
    if (producer === undefined || chosen === undefined || !world.isUp(producer.nodeId)) return;
    const keyCount = keys > 0 ? keys : chosen.compacted === true ? COMPACTED_KEYS : 0;
    const value = label.padEnd(valueBytes, "-");
    producer.send(chosen.topic, keyCount === 0 ? { value } : { key: `k${number % keyCount}`, value });
  };
  const runTo = (atMs: number): void => {
    const leftUs = Math.round((startMs + atMs - world.nowMs) * 1000);
    // The clock takes whole microseconds, rounded up: half of one less, and inexact fractions cannot add one, so that
    // a step left out leaves the times of all others as they were.
    if (leftUs > 0) world.run((leftUs - 0.5) / 1000);
  };

  return {
    until(atMs) {
      for (; sent < records && dueMs(sent) < atMs; sent++) {
        runTo(dueMs(sent));
        send(sent, `record ${sent}`);
      }
      runTo(atMs);
    },
    burst(count) {
      for (let index = 0; index < count; index++) send(burst, `burst ${burst++}`);
    },
  };
}
