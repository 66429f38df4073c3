import { expect, test } from "vitest";
import { LeaderState } from "../../../core/raft/leader-state.js";

function leader(): LeaderState {
  const voters = [1, 2, 3];
  return new LeaderState({
    localId: 1,
    epoch: 1,
    epochStartOffset: 0,
    voters,
    grantingVoters: voters,
    fetchTimeoutMs: 2000,
    nowMs: 0,
  });
}

test("caught up: a fetch at the leader's end of the fetch before proves that the follower had all by then", () => {
  const state = leader();
  state.updateReplica(2, 5, 10, 100);
  expect(state.voters[1]!.lastCaughtUpMs).toBe(-1);
  // The leader writes all the time: the follower never stands at its end, yet keeps up with it.
  state.updateReplica(2, 10, 15, 200);
  expect(state.voters[1]!.lastCaughtUpMs).toBe(100);
  state.updateReplica(2, 15, 15, 300);
  expect(state.voters[1]!.lastCaughtUpMs).toBe(300);
});

test("observers: one that has not fetched for five minutes is forgotten", () => {
  const state = leader();
  state.updateReplica(7, 5, 10, 1000);
  expect(state.observers(300_999).map(({ id }) => id)).toEqual([7]);
  expect(state.observers(301_000)).toEqual([]);
});
