// All explorations of sim/model/: the published results of the TLA+ models, and core/ under the same question.

import { CORE, type Experiment, type Explored, PUBLISHED } from "../../sim/model/catalogue.js";
import type { Measurement } from "./measurement.js";

const tell = (outcomes: Explored["outcomes"]): string =>
  Object.entries(outcomes)
    .map(([name, outcome]) => `${name} ${typeof outcome === "number" ? `violated in ${outcome}` : outcome}`)
    .join(", ");

function measure({ name, expected, states, run }: Experiment): Measurement {
  const startedAt = performance.now();
  const found = run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const outcomesMet = Object.entries(expected).every(([invariant, outcome]) => found.outcomes[invariant] === outcome);
  return {
    name,
    value: found.states,
    unit: "states",
    promised: tell(expected),
    met: outcomesMet && (states === undefined || states === found.states),
    detail: `${tell(found.outcomes)}; ${seconds} s`,
  };
}

export function publishedModelsBench(): readonly Measurement[] {
  return PUBLISHED.map(measure);
}

export function coreModelsBench(): readonly Measurement[] {
  return CORE.map(measure);
}
