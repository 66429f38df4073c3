// All checkers, and the panel that runs them over a trace.

import type { TraceEvent } from "../trace/format.js";
import type { TraceRecorder } from "../trace/recorder.js";
import type { About, Checker, CheckerDefinition, EndView, Guarantee, Violation } from "./checker.js";
import { commitsWaitForMembers } from "./commits.js";
import { commitsRise, commitsSurvive, fencedGenerations, oneOwner } from "./groups.js";
import {
  endOffsetsRise,
  epochsRise,
  fencedBrokersNeverLead,
  highWatermarkRises,
  oneLeaderPerEpoch,
  refusedForNewerEpochs,
} from "./leadership.js";
import { connectionsAreReliable } from "./network.js";
import { committedMeansProcessed } from "./processed.js";
import { converges } from "./progress.js";
import { revokedBeforeReassigned } from "./reassigned-partitions.js";
import { deposedLeaderResigns, logMatching, metadataNeverLost, noNeedlessElection, oneQuorumLeader } from "./quorum.js";
import { deliveredIsCommitted, deliveryOrder, nothingSkipped } from "./deliveries.js";
import { acknowledgedRecordsSurvive, noDuplicates, noPhantomRecords, producerOrder } from "./records.js";
import { committedNeverLost, replicasAgree, strongIsr, weakIsr } from "./replication.js";
import { ReplicaLogs } from "./replica-logs.js";

export type * from "./checker.js";

/** Every claim a run is held to, in the order of the report. */
export const CHECKERS: readonly CheckerDefinition[] = [
  acknowledgedRecordsSurvive,
  committedNeverLost,
  replicasAgree,
  weakIsr,
  strongIsr,
  producerOrder,
  deliveryOrder,
  deliveredIsCommitted,
  nothingSkipped,
  noDuplicates,
  noPhantomRecords,
  oneLeaderPerEpoch,
  epochsRise,
  highWatermarkRises,
  fencedBrokersNeverLead,
  refusedForNewerEpochs,
  commitsWaitForMembers,
  endOffsetsRise,
  oneQuorumLeader,
  metadataNeverLost,
  logMatching,
  noNeedlessElection,
  deposedLeaderResigns,
  oneOwner,
  revokedBeforeReassigned,
  fencedGenerations,
  commitsRise,
  commitsSurvive,
  committedMeansProcessed,
  connectionsAreReliable,
  converges,
];

/** What a checker found: nothing, or its first violation and how many followed. */
export interface Verdict {
  readonly checker: string;
  readonly claim: string;
  readonly violations: number;
  readonly first: Violation | undefined;
  /** Violations that the faults excuse, since they made the promise impossible; not counted above. */
  readonly excused: number;
}

/** Why a violation about a partition is no bug; undefined: it is one. */
export type ExcuseFor = (restsOn: Guarantee, partition: string | undefined) => unknown;

function partitionOf(about: About | TraceEvent | undefined): string | undefined {
  const { topic, partition } = (about ?? {}) as { readonly topic?: unknown; readonly partition?: unknown };
  return typeof topic === "string" && typeof partition === "number" ? `${topic}-${partition}` : undefined;
}

/** Runs checkers over a stream of events. */
export class CheckerPanel {
  readonly #logs = new ReplicaLogs();
  readonly #checkers: Checker[] = [];
  readonly #definitions: readonly CheckerDefinition[];
  readonly #violations = new Map<string, Violation[]>();

  constructor(definitions: readonly CheckerDefinition[] = CHECKERS) {
    this.#definitions = definitions;
    for (const { name, claim, restsOn, create } of definitions) {
      const violations: Violation[] = [];
      this.#violations.set(name, violations);
      const checker: Checker = {
        name,
        claim,
        ...create({
          logs: this.#logs,
          report: (message, event, about) => {
            const partition = partitionOf(about ?? event);
            violations.push({
              checker: name,
              claim,
              message,
              seq: event?.seq ?? 0,
              atUs: event?.atUs ?? -1,
              partition,
              restsOn: about?.restsOn ?? restsOn,
            });
          },
        }),
      };
      this.#checkers.push(checker);
    }
  }

  /** Has every checker told of the events it watches, the common memory first. */
  listenTo(recorder: TraceRecorder): void {
    recorder.listen((event) => this.#logs.apply(event), ReplicaLogs.watches);
    // Bound, not wrapped: a wrapper shared by thirty checkers would look `onEvent` up anew at each event.
    for (const checker of this.#checkers) recorder.listen(checker.onEvent.bind(checker), checker.watches);
  }

  /** After the run: the last checks, then every checker's verdict. */
  end(view: EndView, excuseFor: ExcuseFor = () => undefined): readonly Verdict[] {
    for (const checker of this.#checkers) checker.onEnd?.(view);
    return this.verdicts(excuseFor);
  }

  /** What was found so far. */
  verdicts(excuseFor: ExcuseFor = () => undefined): readonly Verdict[] {
    return this.#definitions.map(({ name, claim }) => {
      const all = this.#violations.get(name) ?? [];
      const isExcused = ({ partition, restsOn }: Violation): boolean =>
        restsOn !== undefined && excuseFor(restsOn, partition) !== undefined;
      const violations = all.filter((violation) => !isExcused(violation));
      const excused = all.length - violations.length;
      return { checker: name, claim, violations: violations.length, first: violations[0], excused };
    });
  }
}
