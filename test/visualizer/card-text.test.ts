// What a card says when it gets narrow: never more than fits, and the most important part of it.

import { expect, test } from "vitest";
import { fitCard } from "../../visualizer/views/card-text.js";

const READS = ["read 1039 · 1 partition", "read 1039"];

test("a wide card tells everything", () => {
  expect(fitCard("controller-103", "★ active", ["leader · epoch 2", "leader"], 220)).toEqual({
    name: "controller-103",
    status: "★ active",
    detail: "leader · epoch 2",
  });
});

test("a narrow card shortens its second line before it drops it", () => {
  expect(fitCard("totals-2", "", READS, 162).detail).toBe("read 1039");
  expect(fitCard("totals-2", "", READS, 106).detail).toBe("read 1039");
  expect(fitCard("totals-2", "", READS, 40).detail).toBe("");
});

test("without room beside the name the status takes the second line", () => {
  expect(fitCard("broker-3", "paused", ["leads 2 · follows 1"], 106)).toEqual({
    name: "broker-3",
    status: "",
    detail: "paused",
  });
});

test("a node that is paused and fenced says both, as far as there is room", () => {
  expect(fitCard("broker-3", "paused", ["fenced"], 142).detail).toBe("paused, fenced");
  expect(fitCard("broker-3", "paused", ["fenced"], 106).detail).toBe("paused");
});

test("a host name that is too long keeps its number", () => {
  expect(fitCard("controller-101", "", ["follower"], 106).name).toBe("c-101");
});
