// The bug museum: one scripted story for each bug Kafka once had, in the order of the catalogue.
// Each switches its bug on and breaks a claim; run with `--cured` the same script keeps every claim.

import type { Scenario } from "../../sim/index.js";
import { assignedBeforeRevoked } from "./assigned-before-revoked.js";
import { autoCommitTooSoon } from "./auto-commit-too-soon.js";
import { retryAppendedTwice } from "./retry-appended-twice.js";
import { retryOvertaken } from "./retry-overtaken.js";
import { twoOfOneName } from "./two-of-one-name.js";
import { sequencesReused } from "./sequences-reused.js";
import { zombieCommit } from "./zombie-commit.js";

/** Every exhibit, by number. */
export const MUSEUM: readonly Scenario[] = [
  retryAppendedTwice, //
  retryOvertaken,
  sequencesReused,
  zombieCommit,
  autoCommitTooSoon,
  twoOfOneName,
  assignedBeforeRevoked,
];
