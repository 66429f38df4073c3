import { expect, test } from "vitest";
import type { Excuse } from "../../../sim/faults/budget.js";
import { excuseLines } from "../../../sim/report/excuses.js";

function excuse(partition: string | undefined, sentence: string): Excuse {
  const guarantee = partition === undefined ? "committed-metadata" : "acknowledged-records";
  return { guarantee, partition, atUs: 0, sentence } as Excuse;
}

test("the same about many partitions of a topic is one line, about two it names them", () => {
  const lost = (partition: string, isr: string): Excuse =>
    excuse(partition, `every in-sync replica of ${partition} (${isr}) lost bytes`);
  const lines = excuseLines([
    lost("orders-1", "3"),
    ...Array.from({ length: 50 }, (_, index) => lost(`my-topic-${index}`, "3")),
    lost("orders-2", "3"),
    lost("orders-3", "1, 2"),
    excuse(undefined, "a majority of the controllers lost flushed metadata"),
  ]);
  expect(lines).toEqual([
    "Excused: every in-sync replica of orders-1 and orders-2 (3) lost bytes",
    "Excused: every in-sync replica of 50 partitions of my-topic (3) lost bytes",
    "Excused: every in-sync replica of orders-3 (1, 2) lost bytes",
    "Excused: a majority of the controllers lost flushed metadata",
  ]);
});
