// Settings of a producer that contradict each other: found when it is made, as in Kafka, not when a record is lost.

import { PRODUCER_CONFIG, type ProducerConfig } from "../config/client-config.js";
import { ConfigError, type ConfigOverrides, parseConfig } from "../config/definition.js";

/** @throws ConfigError naming the pair that does not fit together */
export function checkProducerConfig(config: ProducerConfig): void {
  const { acks, retries } = config;
  if (config["delivery.timeout.ms"] < config["linger.ms"] + config["request.timeout.ms"]) {
    throw new ConfigError(
      '"delivery.timeout.ms" must be at least "linger.ms" + "request.timeout.ms", or no batch could be retried',
    );
  }
  if (!config["enable.idempotence"]) return;
  if (acks !== "all" && acks !== "-1") {
    throw new ConfigError('"enable.idempotence" needs "acks" to be all: set it to false to use a weaker one');
  }
  if (retries === 0) throw new ConfigError('"enable.idempotence" needs "retries" above 0');
  if (config["max.in.flight.requests.per.connection"] > 5) {
    throw new ConfigError(
      '"enable.idempotence" needs "max.in.flight.requests.per.connection" of at most 5: brokers remember 5 batches',
    );
  }
}

/**
 * The settings of a producer from what a user wrote. Idempotence is on by default, yet gives way to a weaker `acks`,
 * to no `retries` or to more requests in flight if only those were written: as in Kafka, a user who asks for acks=1
 * gets it. Asking for idempotence and its opposite is an error.
 * @throws ConfigError for unknown names, impossible values, and settings that contradict each other
 */
export function parseProducerConfig(overrides: ConfigOverrides): ProducerConfig {
  const config = parseConfig(PRODUCER_CONFIG, overrides);
  const isAskedFor = Object.hasOwn(overrides, "enable.idempotence");
  const { acks, retries } = config;
  const isPossible =
    (acks === "all" || acks === "-1") && retries > 0 && config["max.in.flight.requests.per.connection"] <= 5;
  const settled =
    isAskedFor || isPossible ? config : parseConfig(PRODUCER_CONFIG, { ...overrides, "enable.idempotence": false });
  checkProducerConfig(settled);
  return settled;
}
