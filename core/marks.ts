// Marks: rare branches of Kafka's rules that a search wants to have been in.
// A line that runs in every test proves little by being run once more; what matters are the branches behind a torn
// write, a lost answer or an overtaken decision. Where such a branch stands, the node says that it got there:
// `env.marks.reached("name")`. The host may keep count, or not; nothing comes back, so that being watched changes
// nothing. A branch that no run of thousands ever reached says where a search is blind.

/** Every mark, by name, and what has happened when it is reached. */
export const MARKS = {
  // log
  "torn-tail-cut": "recovery cut the torn or damaged end of a segment",
  "segment-behind-damage-dropped": "recovery dropped a whole segment that stood behind damage",
  "log-ended-before-its-start": "a recovered log ended before the offset it should begin at",
  "interrupted-compaction-completed": "a restart completed an exchange of segments that a crash interrupted",
  "producer-snapshot-unreadable": "a producer snapshot was unreadable and an older one was used",
  "duplicate-batch": "a leader recognised a batch as one that it had already",
  "sequence-gap-refused": "a leader refused a batch because of a gap in the producer's sequence",
  "old-producer-epoch-refused": "a leader refused a batch of an old producer epoch",

  // replication
  "log-diverged": "a follower was told that its log diverges from its leader's",
  "diverging-epoch-unknown": "a follower was told of an epoch it never had, and must ask again",
  "truncated-again-in-epoch": "a follower truncated more than once in one leader epoch",
  "truncated-below-high-watermark": "a follower truncated below its own high watermark",
  "log-started-over": "a follower threw its whole log away and began anew",
  "follower-out-of-range": "a follower asked for an offset that its leader does not have",
  "follower-failed": "a follower stopped following: what its leader sent does not fit its log",
  "high-watermark-went-back": "a follower learned a lower high watermark than it knew",
  "fetch-of-earlier-life": "a leader refused a fetch of an earlier life of a broker",
  "behind-epoch-start": "a follower reached the high watermark, but not the start of its leader's epoch",
  "isr-answer-overtaken": "the answer to an ISR change came after a newer state",
  "isr-change-impossible": "an ISR change was not tried because an older one was unanswered",
  "isr-change-ineligible": "an ISR change was taken back because a member was fenced, stopping or of another life",
  "isr-change-of-old-epoch": "an ISR change was refused because another leader had been elected",
  "isr-change-outdated": "an ISR change was refused because the controller had changed the partition meanwhile",
  "isr-change-older-news": "a leader that waited for an ISR change was told by metadata what it knew already",
  "isr-change-repeated": "an ISR change was sent again because its outcome was not known",
  "too-few-replicas": "a produce request was refused because the ISR was below min.insync.replicas",
  "too-few-replicas-after-append": "the ISR fell below min.insync.replicas while a produce request waited",
  "produce-timed-out": "a produce request waited in vain for its followers",
  "leader-lost-while-waiting": "a leader lost the partition while a produce request waited",
  "fetch-session-forgotten": "a fetch named a session that the broker no longer had",
  "fetch-session-out-of-step": "a fetch was out of step with its session",

  // controller
  "controller-behind-leader": "a leader knew a newer epoch than the controller it asked",
  "member-of-earlier-life": "an ISR change named an earlier life of a broker",
  "reassignment-took-leadership": "an ISR change completed a reassignment and cost its sender the leadership",
  "elected-from-elr": "an eligible replica outside the ISR was elected",
  "last-known-leader-elected": "the last known leader was elected because nobody else was left",
  "elected-uncleanly": "a replica outside the ISR was elected",
  "nobody-may-lead": "a partition was left without a leader",
  "eligible-replica-restarted-uncleanly": "a replica lost its place in ISR or ELR by an unclean restart",
  "broker-id-taken": "a broker could not register because its earlier life still had a session",
  "heartbeat-of-earlier-life": "a heartbeat of an earlier life of a broker was refused",

  // quorum
  "pre-vote-lost": "a voter asked whether it would win, and would not",
  "election-lost": "a candidate was refused by a majority",
  "election-timed-out": "a candidate got too few answers in time",
  "leader-without-majority": "a quorum leader resigned because a majority did not fetch",
  "metadata-diverged": "a controller truncated its metadata log to agree with the leader's",
  "snapshot-fetched": "a node fetched a snapshot of the metadata because the log began too late for it",
  "snapshot-fetch-failed": "a leader could not go on sending a snapshot",

  // groups
  "coordinator-lost-while-writing": "a coordinator lost its partition while writes were not replicated",
  "coordinator-lost-while-loading": "a coordinator lost its partition before it had loaded it",
  "coordinator-write-timed-out": "a write of a coordinator was not replicated in time",
  "coordinator-write-refused": "a coordinator could not append to its log",
  "generation-fenced": "a member of an earlier generation was refused",
  "instance-fenced": "a static member was refused because another process has its name",
  "static-member-replaced": "a static member came back under a new member id",
  "join-answer-lost": "a member joined again while its assignment was under way",
  "member-never-synced": "a member joined and never asked for its assignment",
  "nobody-rejoined": "a join phase ended with nobody there to lead the group",

  // clients
  "producer-epoch-bumped": "a producer went on under a new epoch",
  "batch-unresolved": "a batch expired without the producer knowing whether it was written",
  "consumer-position-truncated": "a consumer learned that records it had read are gone",
} as const satisfies Readonly<Record<string, string>>;

export type MarkName = keyof typeof MARKS;

/** All names, in the order of the list. */
export const MARK_NAMES = Object.keys(MARKS) as readonly MarkName[];

/** Where a node says how far it got. */
export interface Marks {
  /** The branch was taken. Call it where the branch stands: what is called rarely costs nothing. */
  reached(mark: MarkName): void;
}

/** Nobody keeps count: real hosts, and the simulator unless told otherwise. */
export const NO_MARKS: Marks = { reached: () => {} };
