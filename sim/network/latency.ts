// Latency: how long a message is under way, drawn from integer tables.
// A table lists equally likely values, so its shape is its distribution: most messages are quick, a few are not.
// No formula with logarithms: engines may disagree about those.

/** What lies between two machines. */
export type LinkKind = "loopback" | "same-rack" | "other-rack" | "client";

/** One-way latencies in whole microseconds, each equally likely. */
export type LatencyTable = readonly number[];

export type LatencyTables = Readonly<Record<LinkKind, LatencyTable>>;

export const DEFAULT_LATENCY: LatencyTables = {
  loopback: [15, 18, 20, 22, 25, 30],
  "same-rack": [90, 100, 110, 120, 125, 130, 140, 150, 160, 180, 200, 220, 250, 300, 400, 900],
  "other-rack": [250, 260, 280, 300, 310, 320, 340, 360, 380, 400, 450, 500, 600, 700, 1_000, 2_500],
  client: [400, 420, 450, 480, 500, 520, 550, 600, 650, 700, 800, 900, 1_000, 1_300, 2_000, 5_000],
};

/** 10 Gbit/s. */
export const DEFAULT_BYTES_PER_US = 1_250;
