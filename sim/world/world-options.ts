// What a simulated world is made with, besides the cluster a scenario asks for.

import type { PlaceName } from "../../core/buggify.js";
import type { BugName } from "../../core/bugs.js";
import type { Marks } from "../../core/marks.js";
import type { DrawListener } from "../kernel/random.js";
import type { LatencyTables } from "../network/latency.js";

export interface SimulatedWorldOptions {
  readonly seed: number;
  readonly wire?: "objects" | "encoded";
  readonly freeze?: boolean;
  readonly data?: unknown;
  /** Events after which the run ends with `TooManyEvents`; as many as it takes unless told. */
  readonly maxEvents?: number | undefined;
  readonly onDraw?: DrawListener | undefined;
  readonly onProgress?: ((nowMs: number) => void) | undefined;
  /** One-way latencies between machines; those of a data centre unless told. */
  readonly latency?: LatencyTables;
  /** Committed metadata reaches the brokers at once, as in Kafka 4.1 (KAFKA-14145), not within half a second. */
  readonly promptMetadata?: boolean;
  /** Historic bugs to switch on. */
  readonly bugs?: readonly BugName[];
  /** Places where the unlikely may happen; none unless told. */
  readonly buggify?: readonly PlaceName[];
  /** Told of the rare branches that nodes get into. */
  readonly marks?: Marks | undefined;
}
