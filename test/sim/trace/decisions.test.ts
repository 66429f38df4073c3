// Decisions: what a controller tells that was overtaken, its successor has told.

import { expect, test } from "vitest";
import type { CoreEvent } from "../../../core/trace.js";
import { Decisions } from "../../../sim/trace/decisions.js";

const FENCED: CoreEvent = { type: "broker.fenced", brokerId: 1, brokerEpoch: 5 };
const activated = (epoch: number): CoreEvent => ({ type: "controller.activated", epoch });

test("a controller that learns late of its election tells nothing its successor has not told", () => {
  const decisions = new Decisions();
  expect(decisions.isOldNews(101, activated(1))).toBe(false);
  expect(decisions.isOldNews(101, FENCED)).toBe(false);
  expect(decisions.isOldNews(102, activated(3))).toBe(false);
  expect(decisions.isOldNews(102, FENCED)).toBe(false);
  // What it wrote in its time is committed, and inherited.
  expect(decisions.isOldNews(101, FENCED)).toBe(true);
  expect(decisions.isOldNews(103, activated(2))).toBe(false);
  expect(decisions.isOldNews(103, FENCED)).toBe(true);
  expect(decisions.isOldNews(103, activated(4))).toBe(false);
  expect(decisions.isOldNews(103, FENCED)).toBe(false);
  expect(decisions.isOldNews(102, FENCED)).toBe(true);
});

test("other facts are each node's own", () => {
  const decisions = new Decisions();
  decisions.isOldNews(101, activated(1));
  decisions.isOldNews(102, activated(2));
  expect(decisions.isOldNews(101, { type: "controller.resigned", epoch: 1 })).toBe(false);
  expect(decisions.isOldNews(1, { type: "metadata.applied", offset: 7, epoch: 1 })).toBe(false);
});
