// Settings of producers, consumers and the admin client, with the defaults of Kafka 4.0's Java clients.
// Half of all lost data is lost by these: acks, retries, commits and resets are decided here, not in the broker.

import { boolean, int, INT_MAX, long, string, type ConfigValues } from "./definition.js";

const COMMON = {
  "client.id": string("", "Name of the client in requests and member ids."),
  "bootstrap.servers": string("", "Where to begin: host:port, comma-separated."),
  "metadata.max.age.ms": long(300_000, "Age at which the picture of the cluster is refreshed.", { atLeast: 0 }),
  "reconnect.backoff.ms": long(50, "First pause before a lost connection is dialled again.", { atLeast: 0 }),
  "reconnect.backoff.max.ms": long(1000, "Longest pause before a lost connection is dialled again.", { atLeast: 0 }),
  "retry.backoff.ms": long(100, "First pause before a failed request is repeated.", { atLeast: 0 }),
  "retry.backoff.max.ms": long(1000, "Longest pause before a failed request is repeated.", { atLeast: 0 }),
  "request.timeout.ms": int(30_000, "Silence after which a request has failed and its connection is closed.", {
    atLeast: 0,
  }),
  "connections.max.idle.ms": long(540_000, "Idle time after which a connection is closed."),
  "client.rack": string("", "Rack of the client, for reading from a near replica (KIP-392)."),
} as const;

export const PRODUCER_CONFIG = {
  ...COMMON,
  acks: string(
    "all",
    "Who must have a record before it counts: nobody (0), the leader (1), every in-sync replica (all).",
    { oneOf: ["0", "1", "all", "-1"] },
  ),
  retries: int(INT_MAX, "How often a batch is sent again.", { atLeast: 0 }),
  "batch.size": int(16_384, "Bytes a batch gathers at the most.", { atLeast: 0 }),
  "linger.ms": long(5, "How long a batch waits for more records.", { atLeast: 0 }),
  "buffer.memory": long(33_554_432, "Bytes of records that may wait to be sent.", { atLeast: 0 }),
  "max.block.ms": long(60_000, "How long send() may wait for metadata or memory.", { atLeast: 0 }),
  "metadata.max.idle.ms": long(300_000, "Time without a send after which a topic's metadata is forgotten.", {
    atLeast: 5000,
  }),
  "max.request.size": int(1_048_576, "Largest request.", { atLeast: 0 }),
  "max.in.flight.requests.per.connection": int(5, "Requests a broker may owe an answer to.", { atLeast: 1 }),
  "delivery.timeout.ms": int(120_000, "Bounds everything from send() to its outcome.", { atLeast: 0 }),
  "enable.idempotence": boolean(true, "Whether the broker drops what a retry would write twice."),
  "partitioner.ignore.keys": boolean(false, "Whether keyed records are spread like unkeyed ones."),
  "partitioner.adaptive.partitioning.enable": boolean(true, "Whether unkeyed records avoid slow partitions (KIP-794)."),
  "partitioner.availability.timeout.ms": long(0, "Silence after which a partition is avoided; 0 for never.", {
    atLeast: 0,
  }),
  "compression.type": string("none", "Codec of batches; only none inside the simulation.", { oneOf: ["none"] }),
} as const;

export const CONSUMER_CONFIG = {
  ...COMMON,
  "group.id": string("", "The group whose members share the partitions; empty for none."),
  "group.instance.id": string("", "A name that survives restarts: static membership (KIP-345)."),
  "session.timeout.ms": int(45_000, "Silence after which the coordinator declares a member dead."),
  "heartbeat.interval.ms": int(3000, "Time between two heartbeats."),
  "max.poll.interval.ms": int(300_000, "Time between two polls after which the member gives itself up.", {
    atLeast: 1,
  }),
  "max.poll.records": int(500, "Records a poll returns at the most.", { atLeast: 1 }),
  "enable.auto.commit": boolean(true, "Whether positions are committed inside poll."),
  "auto.commit.interval.ms": int(5000, "Time between two automatic commits.", { atLeast: 0 }),
  "auto.offset.reset": string("latest", "Where to begin without a committed offset.", {
    oneOf: ["latest", "earliest", "none"],
  }),
  "partition.assignment.strategy": string("range", "How a group's partitions are dealt out.", {
    oneOf: ["range", "roundrobin"],
  }),
  "isolation.level": string("read_uncommitted", "Whether records of open transactions are returned.", {
    oneOf: ["read_uncommitted", "read_committed"],
  }),
  "fetch.min.bytes": int(1, "Bytes for which the broker answers at once.", { atLeast: 0 }),
  "fetch.max.bytes": int(52_428_800, "Bytes asked for in a fetch.", { atLeast: 0 }),
  "fetch.max.wait.ms": int(500, "How long the broker may hold a fetch.", { atLeast: 0 }),
  "max.partition.fetch.bytes": int(1_048_576, "Bytes asked for of one partition.", { atLeast: 0 }),
  "check.crcs": boolean(true, "Whether batches are checked on arrival."),
  "allow.auto.create.topics": boolean(true, "Whether subscribing to an unknown topic may create it."),
  "exclude.internal.topics": boolean(true, "Whether pattern subscriptions leave internal topics out."),
} as const;

export const ADMIN_CONFIG = {
  ...COMMON,
  "default.api.timeout.ms": int(60_000, "Bounds an admin call with all its retries.", { atLeast: 0 }),
} as const;

export type ProducerConfig = ConfigValues<typeof PRODUCER_CONFIG>;
export type ConsumerConfig = ConfigValues<typeof CONSUMER_CONFIG>;
export type AdminConfig = ConfigValues<typeof ADMIN_CONFIG>;
