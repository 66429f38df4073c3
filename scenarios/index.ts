// The scenarios, in teaching order.

import type { Scenario } from "../sim/index.js";
import { acksOneLoses } from "./acks-one-loses.js";
import { commitAfterProcessing, commitBeforeProcessing } from "./commits.js";
import { consumerGroup } from "./consumer-group.js";
import { controllerFailover } from "./controller-failover.js";
import { correlatedPowerLoss, correlatedPowerLossFlushed } from "./correlated-power-loss.js";
import { deletionForgotten } from "./deletion-forgotten.js";
import { duplicateWithIdempotence, duplicateWithoutIdempotence } from "./duplicates.js";
import { firstRecord } from "./first-record.js";
import { flights } from "./flights.js";
import { highWatermark } from "./high-watermark.js";
import { isolatedLeader } from "./isolated-leader.js";
import { keysAndPartitions } from "./keys-and-partitions.js";
import { leaderFailover } from "./leader-failover.js";
import { minIsr } from "./min-isr.js";
import { rollingRestart } from "./rolling-restart.js";
import { scaleOut } from "./scale-out.js";
import { uncleanElection } from "./unclean-election.js";

/** Every scenario that ships, in the order a class would take them. */
export const SCENARIOS: readonly Scenario[] = [
  firstRecord,
  keysAndPartitions,
  consumerGroup,
  scaleOut,
  highWatermark,
  leaderFailover,
  acksOneLoses,
  minIsr,
  uncleanElection,
  isolatedLeader,
  controllerFailover,
  correlatedPowerLoss,
  correlatedPowerLossFlushed,
  deletionForgotten,
  duplicateWithoutIdempotence,
  duplicateWithIdempotence,
  commitBeforeProcessing,
  commitAfterProcessing,
  rollingRestart,
  flights,
];
