import { expect, test } from "vitest";
import { formatStory } from "../../sim/report/run-report.js";
import { shortTimeText } from "../../visualizer/words.js";

test("words: the page and the command line name the same millisecond", () => {
  for (const atUs of [0, 1_856_499, 1_856_500, 1_856_501, 1_856_999, 14_510_169]) {
    const told = formatStory([{ seq: 1, atUs, kind: "event", text: "Something happens." }]);
    expect(told).toContain(` ${shortTimeText(atUs)} `);
  }
  expect(shortTimeText(1_856_700)).toBe("1.857 s");
});
