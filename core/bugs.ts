// Bugs: the museum of Kafka's bugs, historic and (S) found here, each a switch at the very rule whose absence caused it.
// Off by default. A switch takes away one rule and nothing else; it is read where the rule stands, so a student who
// looks for a name in core/ finds the line that keeps the promise. Switches belong to a run, not to the program: two
// worlds side by side may differ in them. A host passes them through the environment; a node may only read them.

/** An exhibit: one rule that Kafka lacked once, or lacks still. */
export interface Bug {
  /** Number in the catalogue: "M1", or "S1" for what samsa itself found; several exhibits may rest on one switch. */
  readonly exhibits: readonly string[];
  /** KIPs and JIRAs, as they are cited. */
  readonly references: readonly string[];
  /** The rule that the switch takes away, in one sentence. */
  readonly rule: string;
  /** The checker whose claim breaks. */
  readonly violates: string;
  /** What a class learns, in one sentence. */
  readonly lesson: string;
}

/** Every switch, by name. */
export const BUGS = {
  "truncate-to-high-watermark": {
    exhibits: ["M1", "M2"],
    references: ["KIP-101", "KAFKA-1211"],
    rule: "A follower truncates to where the leader's history and its own part, not to its own high watermark.",
    violates: "committed-never-lost",
    lesson: "The high watermark reaches followers late, so it cannot tell them what is safe to drop: epochs can.",
  },
  "truncate-in-one-round": {
    exhibits: ["M3"],
    references: ["KIP-279", "KAFKA-6361"],
    rule: "The leader names the epoch it found; a follower that never had it cuts to its own epoch below and asks again.",
    violates: "replicas-agree",
    lesson:
      "An offset alone does not say where two histories part: after fast leader changes it takes several questions.",
  },
  "unfenced-fetch": {
    exhibits: ["M4"],
    references: ["KIP-320", "KAFKA-6880"],
    rule: "A fetch names the leader epoch it believes in and the last epoch of its log; the leader checks both.",
    violates: "replicas-agree",
    lesson:
      "A follower that slept through changes of leaders must not count as one that was there: both compare epochs.",
  },
  "join-isr-at-high-watermark": {
    exhibits: ["M6"],
    references: ["KAFKA-7128"],
    rule: "A follower joins the ISR when it reaches the high watermark and the start of the leader's epoch.",
    violates: "strong-isr",
    lesson:
      "A new leader's high watermark lags, so reaching it does not prove that a follower has all that is committed.",
  },
  "forget-high-watermark": {
    exhibits: ["M7"],
    references: ["KAFKA-1647"],
    // Epochs have hidden it since KIP-101: the switch lets followers truncate to their high watermark, as they did then.
    rule: "The checkpoint keeps the high watermarks of all replicas on disk, also of those that have no leader just now.",
    violates: "committed-never-lost",
    lesson: "A file that is replaced as a whole must hold what nobody is using at the moment, too.",
  },
  "unguarded-list-offsets": {
    exhibits: ["M8"],
    references: ["KIP-207", "KAFKA-2334"],
    rule: "A leader does not say where the log ends before its high watermark reaches the start of its epoch.",
    violates: "end-offsets-rise",
    lesson: "What a new leader knows to be committed is less than what its predecessor told: it must not say so yet.",
  },
  "elect-outside-isr": {
    exhibits: ["M9"],
    references: ["KAFKA-1028", "KIP-106"],
    rule: "Only a member of the ISR becomes leader, unless the topic chooses losing records over waiting.",
    violates: "committed-never-lost",
    lesson: "A replica that is alive is not a replica that has everything: being available has a price in records.",
  },
  "last-replica-standing": {
    exhibits: ["M10", "M11"],
    references: ["KIP-966", "KAFKA-3410", "KAFKA-3861"],
    rule: "Who leaves an ISR that is too small to commit stays an eligible leader; who lost its memory is none.",
    violates: "committed-never-lost",
    lesson: "To trust the last in-sync replica alone is to trust one page cache.",
  },
  "commit-below-min-isr": {
    exhibits: ["M10"],
    references: ["KIP-966", "KAFKA-15583"],
    rule: "The high watermark stands still while the ISR is smaller than min.insync.replicas.",
    violates: "committed-never-lost",
    lesson: "What one replica commits alone, the eligible leaders beside it do not have.",
  },
  "isr-without-broker-epochs": {
    exhibits: ["M13"],
    references: ["KIP-903", "KAFKA-14139"],
    rule: "The controller lets a broker into the ISR only in the life in which the leader saw it catch up.",
    violates: "committed-never-lost",
    lesson: "A broker id does not say which disk is behind it: what was true of a process may be untrue of the next.",
  },
  "count-fetches-of-earlier-lives": {
    exhibits: ["M14"],
    references: ["KIP-903", "KAFKA-15221"],
    rule: "A leader takes no fetch of an earlier life of a broker for the progress of the present one.",
    violates: "committed-never-lost",
    lesson: "A request may outlive its sender; what arrives late has to say whose life it speaks of.",
  },
  "forget-proposed-isr": {
    exhibits: ["S1"],
    references: [],
    // Found by samsa search. Kafka has lacked it since KAFKA-13790, and did in October 2024.
    rule: "Metadata that tells a leader what it knows already does not end the change of the ISR it has proposed since.",
    violates: "strong-isr",
    lesson:
      "Old news undoes nothing: what was proposed is still on its way, and must be counted with until it is answered.",
  },
  "wait-for-ineligible-replicas": {
    exhibits: ["M15"],
    references: ["KAFKA-15021"],
    rule: "The high watermark waits for a replica outside the ISR only while that replica may join.",
    violates: "commits-wait-for-members",
    lesson: "A courtesy to those who are about to join becomes a standstill when they are about to leave.",
  },
  "elect-fenced-last-known-leader": {
    exhibits: ["M18"],
    references: ["KIP-966", "KAFKA-19522"],
    rule: "The last known leader is elected only if it is alive.",
    violates: "fenced-brokers-never-lead",
    lesson: "A test whose outcome nobody looks at is no test.",
  },
  "refuse-newer-leaders": {
    exhibits: ["M20"],
    references: ["KAFKA-14154"],
    rule: "A controller that is asked by a leader of a newer epoch than it knows says that it is not the controller.",
    violates: "refused-for-newer-epochs",
    lesson:
      "To hear of an epoch ahead of one's own is to learn that one was deposed: send the asker on, refuse nothing.",
  },
  "stand-without-asking": {
    exhibits: ["M23"],
    references: ["KIP-996"],
    rule: "A voter asks whether it would be elected before it raises the epoch.",
    violates: "no-needless-election",
    lesson: "Who hears nobody should doubt itself first: an epoch raised in solitude deposes a leader that serves all.",
  },
  "lead-without-majority": {
    exhibits: ["M23"],
    references: ["KAFKA-15489"],
    rule: "A quorum leader that a majority has not fetched from for a while gives up.",
    violates: "deposed-leader-resigns",
    lesson: "A leader cannot see that it was replaced; it can see that nobody follows it.",
  },
  "ignore-sequences": {
    exhibits: ["M24"],
    references: ["KIP-98"],
    rule: "A leader appends a producer's batch only if its sequence number is the next one, and recognises repetitions.",
    violates: "no-duplicates",
    lesson: "Who retries without numbers writes twice, and a retry may be overtaken by what was sent after it.",
  },
  "reuse-sequences": {
    exhibits: ["M25"],
    references: ["KIP-360", "KAFKA-7190", "KAFKA-8710"],
    rule: "A producer whose numbers a broker forgot goes on counting; if it starts again at 0, it does so in a new epoch.",
    violates: "acknowledged-records-survive",
    lesson: "A number tells batches apart only while it is used once: who starts again must say so with a new epoch.",
  },
  "look-at-log-end-twice": {
    exhibits: ["M30"],
    references: ["KAFKA-9807", "KAFKA-9835"],
    rule: "A read takes its bound once, and what is appended after that look is not part of it.",
    violates: "delivered-is-committed",
    lesson: "Two looks at something that moves are two different things: take one, and decide by it.",
  },
  "commit-without-fencing": {
    exhibits: ["M32"],
    references: ["KAFKA-1740"],
    rule: "A commit is accepted only from a member of the group, in its present generation.",
    violates: "fenced-generations",
    lesson: "A member that was thrown out does not know it yet; only its generation tells its commit from a valid one.",
  },
  "commit-what-was-just-returned": {
    exhibits: ["M33"],
    references: [],
    rule: "A poll commits what earlier polls returned, never what it is about to return itself.",
    violates: "committed-means-processed",
    lesson: "A commit says that the work is done: made before the work, it turns a crash into a loss.",
  },
  "share-static-member-id": {
    exhibits: ["M34"],
    references: ["KAFKA-8500", "KIP-345"],
    rule: "A process that comes with a static member's instance id gets a new member id, whatever the group is doing.",
    violates: "one-owner",
    lesson: "A name that outlives its process may have two of them; only a new id for each tells them apart.",
  },
  "complete-by-offset-alone": {
    exhibits: ["M35"],
    references: ["KAFKA-20634"],
    rule: "A write is complete when the high watermark passes it in the leader epoch in which it was appended.",
    violates: "commits-survive",
    lesson: "An offset names a place, not a record: after a change of leader another record may lie there.",
  },
  "join-without-revoking": {
    exhibits: ["M36"],
    references: ["KIP-429"],
    rule: "An eager member gives up everything it owns before it joins the next generation.",
    violates: "revoked-before-reassigned",
    lesson: "Members learn of their shares at different times: what is not given up before has two owners in between.",
  },
} as const satisfies Readonly<Record<string, Bug>>;

export type BugName = keyof typeof BUGS;

/** Which rules are taken away in a run; all false in Kafka as it is. */
export type BugSwitches = Readonly<Record<BugName, boolean>>;

/** All names, in the order of the catalogue. */
export const BUG_NAMES = Object.keys(BUGS) as readonly BugName[];

/** The switches with the named ones on. Always an object of one shape, so that reading one costs a load. */
export function bugSwitches(on: readonly BugName[]): BugSwitches {
  const switches = Object.fromEntries(BUG_NAMES.map((name) => [name, on.includes(name)]));
  return Object.freeze(switches) as BugSwitches;
}

/** Kafka as it is. */
export const NO_BUGS: BugSwitches = bugSwitches([]);
