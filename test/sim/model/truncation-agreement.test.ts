import fc from "fast-check";
import { expect, test } from "vitest";
import { type ModelLog, ModelLogs } from "../../../sim/model/model-log.js";
import { KIP_279, KIP_279_BY_EPOCHS, type Question } from "../../../sim/model/replication-rules.js";

const logs = new ModelLogs();

/** What two replicas may hold if every leader began with the log of a replica: an old log, cut somewhere, goes on. */
const history = fc.array(fc.record({ from: fc.nat(), keeps: fc.nat(6), writes: fc.nat(3) }), { maxLength: 6 });

function logsOf(steps: readonly { readonly from: number; readonly keeps: number; readonly writes: number }[]) {
  const held: ModelLog[] = [logs.empty];
  let id = 0;
  steps.forEach(({ from, keeps, writes }, epoch) => {
    let log = logs.truncate(held[from % held.length]!, keeps);
    held.push(log);
    for (let n = 0; n < writes; n++) held.push((log = logs.append(log, { id: id++, epoch })));
  });
  return held;
}

function asks(leader: ModelLog, follower: ModelLog): Question {
  const replicas = [leader, follower].map((log) => ({ log, highWatermark: 0, leaderEpoch: 0, isr: 3 }));
  return {
    state: { replicas, decisions: [{ leader: 0, isr: 3 }], quorumIsr: 3, nextRecord: 0 },
    logs,
    leader: 0,
    follower: 1,
  };
}

test("comparing where epochs end cuts where the records part, as long as epochs rise along every log", () => {
  let cuts = 0;
  fc.assert(
    fc.property(history, fc.nat(), fc.nat(), (steps, a, b) => {
      const held = logsOf(steps);
      const question = asks(held[a % held.length]!, held[b % held.length]!);
      const cut = KIP_279.cutWhenTold(question, 0)!;
      expect(KIP_279_BY_EPOCHS.cutWhenTold(question, 0)).toBe(cut);
      if (cut > 0 && cut < held[b % held.length]!.logEndOffset) cuts++;
    }),
    { numRuns: 2_000 },
  );
  expect(cuts).toBeGreaterThan(50);
});

test("where epochs fall along a log, their ends say too little: a record that both have is cut", () => {
  const leader = logs.append(logs.empty, { id: 0, epoch: 2 });
  const follower = logs.append(leader, { id: 1, epoch: 1 });
  expect(KIP_279.cutWhenTold(asks(leader, follower), 0)).toBe(1);
  expect(KIP_279_BY_EPOCHS.cutWhenTold(asks(leader, follower), 0)).toBe(0);
});
