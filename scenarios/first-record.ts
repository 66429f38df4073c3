// A blogger publishes a post; a reader fetches it. Neither knows the other: the topic is where they meet.

import { scenario } from "../sim/index.js";

export const firstRecord = scenario({
  name: "first-record",
  teaches:
    "A producer and a consumer never meet: one publishes to a topic, the other fetches from it, later and at its own pace.",
  read: ["core/client/producer.ts", "core/log/log.ts", "core/client/consumer.ts"],
  cluster: {
    brokers: 1,
    controllers: 1,
    config: { "offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 1 },
  },
  expect: "holds",
  run(world) {
    world.createTopic("blog", { partitions: 1, replicationFactor: 1 });

    world.note("The blogger publishes a post to the topic, and leaves.");
    const blogger = world.producer("blogger");
    const post = blogger.send("blog", { value: "Hello, Kafka" });
    world.until("the post is written", () => post.state === "acknowledged");
    blogger.close();

    world.note("A reader who was not there subscribes, and finds the post: the topic kept it.");
    const reader = world.consumer("reader", {
      group: "readers",
      topics: ["blog"],
      config: { "auto.offset.reset": "earliest" },
    });
    world.until("the reader has the post", () => reader.received.length === 1);
    world.expect("the reader got what the blogger wrote", reader.received[0]?.value === "Hello, Kafka");

    world.note("A second reader of another group gets the same post: reading takes nothing away.");
    const other = world.consumer("other-reader", {
      group: "archive",
      topics: ["blog"],
      config: { "auto.offset.reset": "earliest" },
    });
    world.until("the other reader has it too", () => other.received.length === 1);
  },
});
