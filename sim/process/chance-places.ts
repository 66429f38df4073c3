// Chance places: the simulator's side of core/buggify.ts: which places are on, and when they strike.
// Each place of each machine draws from a stream of its own, so that a place switched off, or passed once more on one
// machine, moves no draw anywhere else; and a shrunk run is like the one it came from.

import { NO_BUGGIFY, PLACES, type Buggify, type PlaceName } from "../../core/buggify.js";
import type { NodeId } from "../../core/types.js";
import type { RandomStream, RandomStreams } from "../kernel/random.js";
import type { TraceRecorder } from "../trace/recorder.js";

/** The places of one machine; they outlive its processes, as its other random streams do. */
export function chancePlaces(
  on: readonly PlaceName[],
  nodeId: NodeId,
  streams: RandomStreams,
  recorder: TraceRecorder,
): Buggify {
  return on.length === 0 ? NO_BUGGIFY : new ChancePlaces(on, nodeId, streams, recorder);
}

class ChancePlaces implements Buggify {
  readonly #nodeId: NodeId;
  readonly #streams: ReadonlyMap<PlaceName, RandomStream>;
  readonly #recorder: TraceRecorder;

  constructor(on: readonly PlaceName[], nodeId: NodeId, streams: RandomStreams, recorder: TraceRecorder) {
    this.#nodeId = nodeId;
    this.#streams = new Map(on.map((place) => [place, streams.stream(`buggify/${place}/${nodeId}`)]));
    this.#recorder = recorder;
  }

  isOn(place: PlaceName): boolean {
    return this.#streams.has(place);
  }

  strikes(place: PlaceName): boolean {
    const stream = this.#streams.get(place);
    if (stream === undefined) return false;
    const [strikes, passes] = PLACES[place].odds;
    if (!stream.chance(strikes, passes)) return false;
    if (this.#recorder.enabled) this.#recorder.emit(this.#nodeId, { type: "buggify.struck", place });
    return true;
  }
}
