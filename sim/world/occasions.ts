// Occasions: facts of a run that a script may wait for while it goes on with other things: "once an ISR has shrunk".
// Trouble that strikes at a moment nobody chose rarely meets what it could break; at an occasion it more often does. The
// script's action takes place between events, as all its actions do, so that watching changes nothing else.

import type { Simulation } from "../kernel/simulation.js";
import type { TraceEvent } from "../trace/format.js";
import type { TraceRecorder } from "../trace/recorder.js";

/** Facts that may be waited for, with the words for "once …". */
export const OCCASION_WORDS = {
  "message.held": "a message is held up",
  "partition.became-leader": "a partition has a new leader",
  "partition.became-follower": "a replica follows a new leader",
  "partition.changed": "the controller decides on a partition",
  "isr.expand-requested": "a leader asks for a larger ISR",
  "isr.shrink-requested": "a leader asks for a smaller ISR",
  "isr.expanded": "an ISR has grown",
  "isr.shrunk": "an ISR has shrunk",
  "log.truncated": "a replica cuts its log",
  "log.start-advanced": "the oldest records of a log are gone",
  "replica.fenced": "a replica is refused as out of date",
  "produce.rejected": "a leader refuses records",
  "broker.registered": "a broker has registered",
  "broker.fenced": "a broker is fenced",
  "broker.unfenced": "a broker is unfenced",
  "controller.activated": "a controller becomes active",
  "quorum.transitioned": "a voter changes its role",
  "coordinator.loaded": "a coordinator has read what it is to know",
  "group.transitioned": "a group enters another state",
  "group.offset-committed": "a group's coordinator writes a commit",
  "consumer.assigned": "a member is given its share",
  "consumer.revoked": "a member gives up its share",
  "producer.failed": "a producer gives up a record",
  "producer.epoch-bumped": "a producer begins a new epoch",
} as const satisfies Partial<Record<TraceEvent["type"], string>>;

export type OccasionEvent = keyof typeof OCCASION_WORDS;

/** The first such fact, whoever tells it. Fields left out match everything. */
export interface Occasion {
  readonly event: OccasionEvent;
  /** Where the fact is about a partition: only of this topic, only of this partition. */
  readonly topic?: string;
  readonly partition?: number;
  /** So long after it, in simulated milliseconds; at once unless told. */
  readonly afterMs?: number;
}

/** An occasion as the end of a sentence: "once an ISR has shrunk (orders-0), 20 ms later". */
export function describeOccasion({ event, topic, partition, afterMs = 0 }: Occasion): string {
  const where = topic === undefined ? "" : ` (${topic}${partition === undefined ? "" : `-${partition}`})`;
  return `once ${OCCASION_WORDS[event]}${where}${afterMs === 0 ? "" : `, ${afterMs} ms later`}`;
}

/** What a script waits for at the moment. */
export class Occasions {
  private readonly simulation: Simulation;
  private readonly recorder: TraceRecorder;
  /** What ends each wait, and takes back an action that is due. */
  private readonly waiting = new Set<() => void>();
  private acting = false;

  constructor(simulation: Simulation, recorder: TraceRecorder) {
    this.simulation = simulation;
    this.recorder = recorder;
  }

  /** An action is being performed: time must not pass in it. */
  get isActing(): boolean {
    return this.acting;
  }

  /** Performs the action at the first such occasion from now on, unless `forget` comes first. */
  once(occasion: Occasion, action: () => void): void {
    let isOver = false;
    const forget = (): void => {
      isOver = true;
      stopListening();
      this.waiting.delete(forget);
    };
    const stopListening = this.recorder.listen(
      (event) => {
        if (isOver || !isOccasion(occasion, event)) return;
        stopListening();
        this.simulation.after(occasion.afterMs ?? 0, () => {
          if (isOver) return;
          forget();
          this.perform(action);
        });
      },
      [occasion.event],
    );
    this.waiting.add(forget);
  }

  /** Waits for nothing any more. */
  forget(): void {
    for (const forget of this.waiting) forget();
  }

  private perform(action: () => void): void {
    this.acting = true;
    try {
      action();
    } finally {
      this.acting = false;
    }
  }
}

function isOccasion({ topic, partition }: Occasion, event: TraceEvent): boolean {
  const facts = event as { readonly topic?: string; readonly partition?: number };
  return (topic === undefined || facts.topic === topic) && (partition === undefined || facts.partition === partition);
}
