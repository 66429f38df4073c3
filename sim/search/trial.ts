// Trial: a run as plain data: what is drawn from a seed, run, shrunk, printed and kept.
// Nothing in it is a function, and nothing is drawn while it runs except what its seed says of network, disks and
// nodes: so a part can be taken away and the rest still means the same, which is what shrinking needs. JSON all the way.

import type { PlaceName } from "../../core/buggify.js";
import type { BugName } from "../../core/bugs.js";
import type { ConfigOverrides } from "../../core/config/definition.js";
import type { Offset } from "../../core/types.js";
import type { Fault, Target } from "../faults/fault.js";
import type { Occasion } from "../world/occasions.js";
import type { AdminChange, ClusterOptions, TopicOptions } from "../world/world.js";
import type { ProfileName } from "./profiles.js";

export interface Trial {
  /** Decides what is not written here: delays, election time-outs, torn writes. */
  readonly seed: number;
  readonly cluster: ClusterOptions;
  readonly topics: readonly TrialTopic[];
  readonly producers: readonly TrialProducer[];
  readonly consumers: readonly TrialConsumer[];
  readonly load: Load;
  /** What happens to the cluster, in order of time. */
  readonly steps: readonly Step[];
  /** Length of the phase with load and faults, in simulated milliseconds; then everything heals and must progress. */
  readonly durationMs: number;
  readonly wire: "objects" | "encoded";
  /** Historic bugs that are switched on. */
  readonly bugs: readonly BugName[];
  /**
   * False: even a loss that Kafka never promised to prevent counts, as in a property that asks what a configuration
   * survives. Such losses are excused when it is true or absent.
   */
  readonly excusesUnpromised?: boolean;
  /** Places where the legal but unlikely may happen. */
  readonly buggify: readonly PlaceName[];
  /** The profile it was drawn from, which says what work is demanded of it; nothing is when absent. */
  readonly profile?: ProfileName;
}

export interface TrialTopic extends TopicOptions {
  readonly topic: string;
}

export interface TrialProducer {
  readonly name: string;
  readonly config: ConfigOverrides;
}

export interface TrialConsumer {
  readonly name: string;
  readonly group: string;
  readonly topics: readonly string[];
  readonly config: ConfigOverrides;
  /** "automatically": `enable.auto.commit`; "after-processing": by hand, once a poll's records are dealt with. */
  readonly commits: "automatically" | "after-processing";
  /** How long its application works on what a poll returned; no time when absent, and then nobody tells it is done. */
  readonly workMs?: number;
  /** When it starts; with the cluster when absent. */
  readonly startsAtMs?: number;
}

/** Records sent at a steady pace, round robin over producers and topics; the details follow from the record's number. */
export interface Load {
  readonly records: number;
  /** Between two records on the average; `records × everyMs` may be shorter than the trial. */
  readonly everyMs: number;
  /** So many at a time, by one producer to one topic, as an application does that works in batches; 1 when absent. */
  readonly atOnce?: number;
  /** How many keys there are; 0: records have no key. Records of compacted topics always have one. */
  readonly keys: number;
  /** Every record's value is filled up to this size; 0: as short as it is. */
  readonly valueBytes: number;
}

/**
 * Something done to the cluster at a time, in simulated milliseconds from the start of the load. A step whose target
 * does not exist at that moment does nothing; one at or after the trial's end does not happen; what would be healed
 * after it is healed with everything else.
 *
 * With `once`, a step waits from its time on for an occasion, and lasts as long as it would have; if the occasion does
 * not come before the trial's end, it does not happen. With `endsOnce`, its end waits in the same way.
 */
export type Step =
  | {
      readonly kind: "fault";
      readonly atMs: number;
      readonly once?: Occasion;
      readonly fault: Fault;
      readonly healAtMs?: number;
      /** Of a step that has no `once`. */
      readonly endsOnce?: Occasion;
    }
  | {
      readonly kind: "hold";
      readonly atMs: number;
      readonly releaseAtMs: number;
      readonly endsOnce?: Occasion;
      readonly api: string;
      readonly message: "request" | "response";
      readonly from?: Target;
      readonly to?: Target;
      /** Only the first so many that match, and what follows them on their connections; all when absent. */
      readonly first?: number;
    }
  | { readonly kind: "admin"; readonly atMs: number; readonly change: AdminChange }
  /** So many records at once, besides the steady load. */
  | { readonly kind: "burst"; readonly atMs: number; readonly once?: Occasion; readonly records: number }
  /** Consumers ask where their partitions end. */
  | { readonly kind: "ask-end-offsets"; readonly atMs: number; readonly once?: Occasion }
  /** A consumer goes back to an offset, if it holds the partition and is beyond it. */
  | {
      readonly kind: "seek";
      readonly atMs: number;
      readonly consumer: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
    };
