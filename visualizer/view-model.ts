// View model: cluster state at any moment of a trace, by folding events from the nearest saved state.
// A keyframe every few thousand events makes seeking, forwards or backwards, cost at most one keyframe's
// stretch; folding the same events in the same order is why a seek shows exactly what playing shows.

import { reduceNodes } from "./model/reduce-nodes.js";
import { reducePartitions } from "./model/reduce-partitions.js";
import { copyState, initialState, type ClusterState } from "./model/state.js";
import type { Trace } from "./trace-source.js";
import type { TraceEvent } from "./trace-types.js";

export interface ViewModel {
  /** State after all events at or before `timeUs`. Valid until the next call: it is folded in place. */
  stateAt(timeUs: number): ClusterState;
}

/** Applies one event to a state. */
export function applyEvent(state: ClusterState, event: TraceEvent): void {
  reduceNodes(state, event);
  reducePartitions(state, event);
}

/** Makes the view model of a trace. Keyframes are laid the first time the fold passes them. */
export function createViewModel(trace: Trace, eventsPerKeyframe = 4096): ViewModel {
  const keyframes: ClusterState[] = [initialState(trace.header)];
  let state = copyState(keyframes[0]!);
  let applied = 0;

  /** Starts again from the last keyframe at or before `count` events, unless going on from here is nearer. */
  function rewind(count: number): void {
    const keyframe = Math.min(Math.floor(count / eventsPerKeyframe), keyframes.length - 1);
    const isAhead = applied <= count && keyframe * eventsPerKeyframe <= applied;
    if (isAhead) return;
    state = copyState(keyframes[keyframe]!);
    applied = keyframe * eventsPerKeyframe;
  }

  return {
    stateAt(timeUs) {
      const count = trace.countAt(timeUs);
      rewind(count);
      while (applied < count) {
        applyEvent(state, trace.events[applied]!);
        applied += 1;
        const isNextKeyframe = applied === keyframes.length * eventsPerKeyframe;
        if (isNextKeyframe) keyframes.push(copyState(state));
      }
      return state;
    },
  };
}
