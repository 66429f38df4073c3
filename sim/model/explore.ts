// Explorer: visits every state a small model can reach, nearest first, and checks each.
//
// A simulation looks at one schedule a seed; an exploration looks at all of them, up to the bounds of the model. What
// it finds first is a shortest way to break a claim; what it does not find within the bounds is not there. Breadth
// first, so the number of steps it reports is the least there is.

import { assertDefined } from "../../core/assert.js";
import { StateStore } from "./state-store.js";

/** What can be explored. States are values: a step makes a new one and leaves the old as it was. */
export interface Model<State> {
  readonly name: string;
  /** What bounds the model, as a reader wants it: "2 replicas, 2 records, epochs to 2". */
  readonly bounds: string;
  readonly initial: State;
  /** Every state is written in so many bytes, and equal bytes are equal states. */
  readonly widthBytes: number;
  encode(state: State, into: Uint8Array): void;
  decode(from: Uint8Array): State;
  /** Calls `visit` for each step that may happen next, with how to tell it, in a fixed order. */
  next(state: State, visit: Visit<State>): void;
}

export type Visit<State> = (next: State, tell: () => string) => void;

/** What must be true of every state. */
export interface Invariant<State> {
  readonly name: string;
  readonly claim: string;
  holds(state: State): boolean;
}

export interface Violation<State> {
  readonly invariant: string;
  /** The steps of a shortest way there. */
  readonly story: readonly string[];
  readonly state: State;
}

export interface Exploration<State> {
  readonly model: string;
  readonly bounds: string;
  /** Different states met. */
  readonly states: number;
  /** Steps tried, those that led to known states included. */
  readonly steps: number;
  /** Steps to the farthest state met. */
  readonly depth: number;
  /** True if every state within the bounds was visited. */
  readonly complete: boolean;
  /** In the order in which they were found: at most one for each invariant. */
  readonly violations: readonly Violation<State>[];
}

export interface ExploreOptions {
  /** Gives up beyond so many states. */
  readonly maxStates?: number;
}

/** Explores until every invariant is broken, nothing new can be reached, or there are too many states. */
export function explore<State>(
  model: Model<State>,
  invariants: readonly Invariant<State>[],
  options: ExploreOptions = {},
): Exploration<State> {
  const maxStates = options.maxStates ?? 5_000_000;
  const store = new StateStore(model.widthBytes);
  const parents: number[] = [];
  const bytes = new Uint8Array(model.widthBytes);
  const broken = new Map<string, number>();
  let steps = 0;

  const meet = (state: State, parent: number): void => {
    bytes.fill(0);
    model.encode(state, bytes);
    const index = store.add(bytes);
    if (index < 0) return;
    parents.push(parent);
    for (const { name, holds } of invariants) if (!broken.has(name) && !holds(state)) broken.set(name, index);
  };

  meet(model.initial, -1);
  let at = 0;
  let depth = 0;
  let levelEnd = 1;
  const goesOn = (): boolean => at < store.size && store.size <= maxStates && broken.size < invariants.length;
  for (; goesOn(); at++) {
    if (at === levelEnd) {
      depth++;
      levelEnd = store.size;
    }
    model.next(model.decode(store.at(at)), (next) => {
      steps++;
      meet(next, at);
    });
  }
  return {
    model: model.name,
    bounds: model.bounds,
    states: store.size,
    steps,
    depth: store.size > levelEnd ? depth + 1 : depth,
    complete: at === store.size,
    violations: [...broken].map(([invariant, index]) => ({
      invariant,
      story: storyTo(model, store, parents, index),
      state: model.decode(store.at(index)),
    })),
  };
}

/** Walks back to the beginning, and asks each state on the way how the next one came about. */
function storyTo<State>(model: Model<State>, store: StateStore, parents: readonly number[], end: number): string[] {
  const story: string[] = [];
  const bytes = new Uint8Array(model.widthBytes);
  for (let index = end; parents[index]! >= 0; index = parents[index]!) {
    const target = store.at(index);
    let told: string | undefined;
    model.next(model.decode(store.at(parents[index]!)), (next, tell) => {
      if (told !== undefined) return;
      bytes.fill(0);
      model.encode(next, bytes);
      if (bytes.every((byte, i) => byte === target[i])) told = tell();
    });
    story.push(assertDefined(told, "every state but the first was reached by a step"));
  }
  return story.reverse();
}
