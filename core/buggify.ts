// Buggify: named places where Kafka may behave in a legal but unlikely way (after FoundationDB's word for it).
// A cluster in good health answers fetches in full, fills its batches and keeps its intervals, so what happens
// otherwise is hardly ever run. At a place of this list chance may decide otherwise, in two steps: the run says which
// places are on, and an on place strikes each time it is passed with odds of its own. Everything off is Kafka as it is.
// No place may break a promise: what strikes must be something that configuration, load or timing could do as well.
// That is the difference from `bugs.ts`, whose switches take a rule away.

/** A place where something unlikely may happen. */
export interface Place {
  /** What then happens, as a sentence. */
  readonly happens: string;
  /** Why that is legal, in one sentence. */
  readonly legal: string;
  /** Chance at each pass of a place that is on: strikes so many times in so many. */
  readonly odds: readonly [strikes: number, passes: number];
}

/** Every place, by name. */
export const PLACES = {
  "short-fetch": {
    happens: "A fetch is answered with a single batch.",
    legal: "Byte limits are the broker's to lower; only the first batch is owed (KIP-74).",
    odds: [1, 10],
  },
  "early-fetch-answer": {
    happens: "A fetch with nothing to tell is answered without waiting.",
    legal: "fetch.max.wait.ms and fetch.min.bytes bound the wait; they promise nothing.",
    odds: [1, 20],
  },
  "evicted-fetch-session": {
    happens: "A broker has forgotten the fetch session that a request goes on with.",
    legal: "Sessions are cached in a limited number of slots and lost with the process (KIP-227).",
    odds: [1, 50],
  },
  "early-produce-timeout": {
    happens: "A leader gives up waiting for its followers at once; the records stay in its log.",
    legal: "The producer says how long (request.timeout.ms), and a follower may always be later.",
    odds: [1, 100],
  },
  "small-batch": {
    happens: "A producer closes a batch that has room left.",
    legal: "batch.size is a maximum.",
    odds: [1, 4],
  },
  "early-linger-end": {
    happens: "A producer sends a batch before linger.ms is over.",
    legal: "linger.ms is a maximum; a flush or a lack of memory ends it too.",
    odds: [1, 4],
  },
  "early-request-timeout": {
    happens: "A client waits for an answer only the hundredth part of its time-out, then drops the connection.",
    legal: "Connections break; who repeats a request never knows whether it was handled.",
    odds: [1, 200],
  },
  "extra-metadata-refresh": {
    happens: "A client asks for metadata again although it just got it.",
    legal: "metadata.max.age.ms is a maximum.",
    odds: [3, 4],
  },
  "poll-of-one": {
    happens: "A poll returns a single record.",
    legal: "max.poll.records is a maximum.",
    odds: [1, 4],
  },
  "late-auto-commit": {
    happens: "A consumer puts its automatic commit off by one more interval.",
    legal: "Commits happen in polls, and nobody owes a poll at a given time.",
    odds: [1, 2],
  },
  "asked-rebalance": {
    happens: "A member asks for a rebalance without a reason.",
    legal: "Applications may do so at any poll (KIP-568).",
    odds: [1, 200],
  },
  "slow-coordinator-load": {
    happens: "A coordinator replays its log a batch at a time.",
    legal: "offsets.load.buffer.size says how much is read at once.",
    odds: [3, 4],
  },
  "late-heartbeat": {
    happens: "A broker lets half of its session pass before its next heartbeat.",
    legal: "A broker is fenced only when broker.session.timeout.ms has passed.",
    odds: [1, 4],
  },
  "shortest-election-timeout": {
    happens: "A voter draws the shortest election time-out there is, as others may have done.",
    legal: "The time-out is drawn at random from this on; ties are what the draw makes unlikely.",
    odds: [3, 4],
  },
  "early-snapshot": {
    happens: "A node writes a snapshot of the metadata before it is due.",
    legal: "Size and age say when a snapshot is made at the latest.",
    odds: [1, 20],
  },
  "early-roll": {
    happens: "A log begins a new segment before an append.",
    legal: "segment.bytes and segment.ms are maxima, and each replica rolls for itself.",
    odds: [1, 50],
  },
  "early-housekeeping": {
    happens: "Retention, cleaning, flushing or a checkpoint comes round within a second.",
    legal: "They run in intervals, which may be short, and delete only what they always would.",
    odds: [1, 2],
  },
  "skipped-housekeeping": {
    happens: "A round of retention, cleaning, flushing or checkpoints is left out.",
    legal: "A crash before the round would have had the same effect.",
    odds: [1, 2],
  },
  "early-isr-check": {
    happens: "A leader looks within a tenth of a second for followers that fell behind.",
    legal: "Only replica.lag.time.max.ms decides who did, not when it is looked at.",
    odds: [1, 2],
  },
  "late-isr-change": {
    happens: "A leader waits before it asks the controller for another ISR.",
    legal: "Until the answer it counts with the larger ISR, however long that takes (KIP-497).",
    odds: [1, 4],
  },
  "fetcher-pause": {
    happens: "A follower waits replica.fetch.backoff.ms before its next fetch.",
    legal: "Who falls behind leaves the ISR; nothing else rests on the pace of followers.",
    odds: [1, 200],
  },
  "early-election-check": {
    happens: "The controller looks within a second for leaderships to give back, or to fill uncleanly if allowed.",
    legal: "It looks in intervals, and acts by the same rules.",
    odds: [3, 4],
  },
} as const satisfies Readonly<Record<string, Place>>;

export type PlaceName = keyof typeof PLACES;

/** All names, in the order of the list. */
export const PLACE_NAMES = Object.keys(PLACES) as readonly PlaceName[];

/** What a host lends a node: whether the unlikely happens. */
export interface Buggify {
  /** Is the place on in this run? Never changes: where a place is passed often, ask once and keep the answer. */
  isOn(place: PlaceName): boolean;
  /** The place is passed: does it strike? Never if it is off. */
  strikes(place: PlaceName): boolean;
}

/** Every place off: real hosts, and the simulator unless told otherwise. */
export const NO_BUGGIFY: Buggify = { isOn: () => false, strikes: () => false };
