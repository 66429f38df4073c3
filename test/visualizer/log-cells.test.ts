import fc from "fast-check";
import { expect, test } from "vitest";
import type { Batch } from "../../visualizer/model/batches.js";
import type { ReplicaState } from "../../visualizer/model/state.js";
import { cellsOf } from "../../visualizer/views/log-cells.js";

const anyBatches = fc.array(fc.record({ size: fc.integer({ min: 1, max: 9 }), newEpoch: fc.boolean() }), {
  maxLength: 60,
});

/** A replica that appended these batches. */
function replicaWith(batches: readonly { readonly size: number; readonly newEpoch: boolean }[]): ReplicaState {
  let tail: Batch | null = null;
  let end = 0;
  let leaderEpoch = 0;
  for (const { size, newEpoch } of batches) {
    if (newEpoch) leaderEpoch += 1;
    tail = { previous: tail, baseOffset: end, lastOffset: end + size - 1, leaderEpoch, isControl: false, seq: 1 };
    end += size;
  }
  const offsets = { logStartOffset: 0, logEndOffset: end, highWatermark: end };
  const truncation = { truncatedAtUs: -Infinity, truncatedFrom: 0, truncatedTo: 0 };
  return { nodeId: 1, role: "leader", leaderEpoch, ...offsets, tail, ...truncation };
}

test("log cells: joined or not, they cover the window's records once, each in its batch's epoch", () => {
  const offset = fc.integer({ min: 0, max: 300 });
  fc.assert(
    fc.property(anyBatches, offset, offset, fc.integer({ min: 0, max: 20 }), (batches, a, b, minOffsets) => {
      const replica = replicaWith(batches);
      const window = { start: Math.min(a, b), end: Math.max(a, b) };
      const epochAt = (cells: ReturnType<typeof cellsOf>) => {
        const epochs = new Map<number, number>();
        for (const { from, to, leaderEpoch } of cells) {
          for (let at = from; at < to; at++) {
            expect(epochs.has(at)).toBe(false);
            epochs.set(at, leaderEpoch);
          }
        }
        return [...epochs].sort(([x], [y]) => x - y);
      };
      expect(epochAt(cellsOf(replica, window, minOffsets))).toEqual(epochAt(cellsOf(replica, window, 0)));
    }),
  );
});

test("log cells: ten thousand small batches become few cells", () => {
  const replica = replicaWith(Array.from({ length: 10_000 }, () => ({ size: 1, newEpoch: false })));
  expect(cellsOf(replica, { start: 0, end: 10_000 }, 50).length).toBeLessThanOrEqual(200);
});
