// Quorum state: what a voter must not forget in a crash: its epoch and its vote.
// Kept in the quorum-state file; a voter that forgot could vote twice in an epoch and elect two leaders.

import { array, int32, int64, message, string, uuid } from "../schema.js";
import type { BodyOf } from "../schema.js";

/** Body of the quorum-state file. */
export const QuorumStateData = message({
  name: "QuorumStateData",
  apiKey: -1,
  versions: [0, 1],
  flexibleSince: 0,
  fields: {
    clusterId: string("0", "Id of the cluster; a receiver of another cluster refuses."),
    leaderId: int32("0+", "Id of the leader, -1 if none is known.", { default: -1 }),
    leaderEpoch: int32("0+", "Latest epoch the voter has seen.", { default: -1 }),
    votedId: int32("0+", "Voter voted for in this epoch, -1 if none.", { default: -1 }),
    votedDirectoryId: uuid("1+", "Log directory of the voter voted for in this epoch."),
    appliedOffset: int64("0", "No longer used."),
    currentVoters: array(
      "0",
      "Voters of the quorum, while they are configured statically.",
      {
        voterId: int32("0", "Id of the voter."),
      },
      { nullable: "0" },
    ),
  },
});
export type QuorumStateData = BodyOf<typeof QuorumStateData.fields>;
