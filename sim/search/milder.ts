// Milder: the same step with less harm in it, or simpler to tell: what the shrinker tries once nothing can be left out.

import type { Fault, Target } from "../faults/fault.js";
import type { Occasion } from "../world/occasions.js";
import { mapTargets } from "./retarget.js";
import type { Step } from "./trial.js";

/** Milder forms of a step, the mildest first. None is the step itself. */
export function milderSteps(step: Step): readonly Step[] {
  return [...plainerOccasions(step), ...lesserSteps(step)];
}

/** At a time rather than at an occasion; at an occasion rather than some time after it; at any of its kind. */
function plainerOccasions(step: Step): readonly Step[] {
  const plainer: Step[] = [];
  if ("once" in step && step.once !== undefined) {
    const { once, ...rest } = step;
    plainer.push(rest as Step, ...plainerForms(once).map((once) => ({ ...step, once })));
  }
  if ("endsOnce" in step && step.endsOnce !== undefined) {
    const { endsOnce, ...rest } = step;
    plainer.push(rest as Step, ...plainerForms(endsOnce).map((endsOnce) => ({ ...step, endsOnce })));
  }
  return plainer;
}

function plainerForms(occasion: Occasion): readonly Occasion[] {
  const { afterMs = 0, topic, partition: _, ...rest } = occasion;
  const { afterMs: __, ...atOnce } = occasion;
  return [
    ...(afterMs === 0 ? [] : [atOnce, ...fewer(afterMs).map((afterMs) => ({ ...occasion, afterMs }))]),
    ...(topic === undefined ? [] : [{ ...rest, ...(afterMs === 0 ? {} : { afterMs }) }]),
  ];
}

function lesserSteps(step: Step): readonly Step[] {
  switch (step.kind) {
    case "fault":
      return milderFaults(step.fault).map((fault) => ({ ...step, fault }));
    case "hold": {
      // With both ends named a hold catches less.
      return [];
    }
    case "burst":
      return fewer(step.records).map((records) => ({ ...step, records }));
    case "admin":
      if (step.change.kind !== "create-topic" || step.change.partitions === 1) return [];
      return [{ ...step, change: { ...step.change, partitions: 1 } }];
    default:
      return [];
  }
}

function milderFaults(fault: Fault): readonly Fault[] {
  return [...lesserKinds(fault), ...simplerTargets(fault), ...smallerAmounts(fault)];
}

/** Power loss is more than a crash, a wiped disk more than power loss. */
function lesserKinds(fault: Fault): readonly Fault[] {
  switch (fault.kind) {
    case "wipe-disk":
      return [
        { kind: "crash", target: fault.target },
        { kind: "power-loss", target: fault.target },
      ];
    case "crash":
    case "power-loss": {
      const { midway, target } = fault;
      const atOnce: Fault[] = midway === undefined ? [] : [{ kind: fault.kind, target }];
      return fault.kind === "crash" ? atOnce : [...atOnce, { ...fault, kind: "crash" }];
    }
    case "crash-loop":
      return [{ kind: "restart", target: fault.target, downMs: fault.downMs }];
    case "isolate":
      return fault.direction === undefined || fault.direction === "both"
        ? []
        : [{ kind: "isolate", target: fault.target }];
    case "partition":
      return [
        ...withoutOne(fault.from).map((from) => ({ ...fault, from })),
        ...withoutOne(fault.to).map((to) => ({ ...fault, to })),
        ...(fault.symmetric ? [] : [{ ...fault, symmetric: true }]),
      ];
    case "rolling-restart":
      return withoutOne(fault.targets).map((targets) => ({ ...fault, targets }));
    default:
      return [];
  }
}

/** Any follower rather than one that is, or is not, in the ISR. */
function simplerTargets(fault: Fault): readonly Fault[] {
  const simpler = (target: Target): Target => {
    if (typeof target === "number" || !("role" in target) || target.role !== "follower") return target;
    const { inIsr: _, index: __, ...rest } = target;
    return rest;
  };
  const simplified = mapTargets(fault, simpler);
  return simplified === undefined || JSON.stringify(simplified) === JSON.stringify(fault) ? [] : [simplified];
}

function smallerAmounts(fault: Fault): readonly Fault[] {
  switch (fault.kind) {
    case "slow-link":
      return fewer(fault.extraMs).map((extraMs) => ({ ...fault, extraMs }));
    case "slow-disk":
      return [
        ...(fault.factor === 1 ? [] : [{ ...fault, factor: 1 }]),
        ...(fault.extraMs === 0 ? [] : [{ ...fault, extraMs: 0 }]),
      ];
    case "crash":
    case "power-loss": {
      const { midway } = fault;
      return midway === undefined ? [] : fewer(midway.nth).map((nth) => ({ ...fault, midway: { ...midway, nth } }));
    }
    case "restart":
      return fewer(fault.downMs).map((downMs) => ({ ...fault, downMs }));
    case "clock-step":
      return fewer(fault.byMs).map((byMs) => ({ ...fault, byMs }));
    case "clock-skew":
      return fewer(fault.offsetMs).map((offsetMs) => ({ ...fault, offsetMs }));
    case "clock-drift":
      return fewer(fault.ppm).map((ppm) => ({ ...fault, ppm }));
    default:
      return [];
  }
}

function withoutOne<T>(list: readonly T[]): readonly (readonly T[])[] {
  return list.length < 2 ? [] : list.map((_, index) => list.filter((__, at) => at !== index));
}

/** Smaller amounts of the same sign, rounder ones first. */
function fewer(amount: number): readonly number[] {
  const candidates = [Math.trunc(amount / 10), Math.trunc(amount / 2), rounded(amount)];
  return [...new Set(candidates)].filter((each) => each !== 0 && each !== amount);
}

/** A number with one digit that is not zero: 700 for 742, −4000 for −4321. */
export function rounded(amount: number): number {
  let unit = 1;
  while (Math.abs(amount) >= unit * 10) unit *= 10;
  return Math.trunc(amount / unit) * unit;
}
