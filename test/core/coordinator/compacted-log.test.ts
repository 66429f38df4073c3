// The coordinator over a real Log: what it writes is accepted there, survives compaction, and loads again.

import { expect, test } from "vitest";
import { BROKER_CONFIG } from "../../../core/config/broker-config.js";
import { parseConfig } from "../../../core/config/definition.js";
import { GroupCoordinator } from "../../../core/coordinator/group-coordinator.js";
import { GROUP_METADATA_TOPIC } from "../../../core/internal-topics.js";
import { Errors } from "../../../core/errors.js";
import { cleanLog, measureCleanable } from "../../../core/log/log-cleaner.js";
import { DEFAULT_LOG_CONFIG } from "../../../core/log/log-config.js";
import { Log } from "../../../core/log/log.js";
import { OffsetCommitRequest } from "../../../core/protocol/messages/offset-commit.js";
import { ZERO_UUID } from "../../../core/types.js";
import { FakeEnvironment } from "../support/fake-environment.js";
import { CONTEXT } from "./group-harness.js";

test("offsets load from a compacted log: the newest of each key, nothing of deleted groups", () => {
  const env = new FakeEnvironment();
  const log = Log.open({
    env,
    directory: `logs/${GROUP_METADATA_TOPIC}-0`,
    topic: GROUP_METADATA_TOPIC,
    partition: 0,
    topicId: ZERO_UUID,
    config: { ...DEFAULT_LOG_CONFIG, segmentBytes: 2_000, compact: true, delete: false, deleteRetentionMs: 0 },
    hadCleanShutdown: true,
  });
  let epoch = 1;
  const coordinator = new GroupCoordinator({
    env,
    config: parseConfig(BROKER_CONFIG),
    writer: {
      appendForCoordinator: (topic, partition, batch, expectedLeaderEpoch) => {
        const appended = log.appendAsLeader(batch, expectedLeaderEpoch, "coordinator");
        if (!appended.ok) return appended;
        log.setHighWatermark(log.logEndOffset);
        coordinator.onHighWatermarkAdvanced(topic, partition, epoch, log.highWatermark);
        return { ok: true, lastOffset: appended.lastOffset };
      },
    },
  });
  coordinator.startup(1);
  coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, epoch, log);
  env.advance(0);

  const commit = (groupId: string, committedOffset: number) => {
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: null }];
    const body = OffsetCommitRequest.create({ groupId, topics: [{ name: "orders", partitions }] });
    const errors: number[] = [];
    coordinator.commitOffsets(body, CONTEXT, ({ topics }) => errors.push(topics[0]!.partitions[0]!.errorCode));
    expect(errors).toEqual([Errors.NONE]);
  };
  for (let i = 0; i < 100; i++) {
    commit("kept", i);
    commit("deleted", i);
    env.advance(10);
  }
  coordinator.deleteGroup("deleted", (error) => expect(error).toBe(Errors.NONE));
  // More of it, so that the tombstones leave the active segment and may be cleaned.
  for (let i = 0; i < 100; i++) commit("kept", 1_000 + i);

  let cleaned = false;
  cleanLog(env, measureCleanable(log, 0, env.clock.wallMs()), () => (cleaned = true));
  env.advance(120_000);
  expect(cleaned).toBe(true);

  epoch = 2;
  coordinator.onLeadership(GROUP_METADATA_TOPIC, 0, epoch, log);
  env.advance(0);
  const groups: string[] = [];
  coordinator.listGroups({ statesFilter: [], typesFilter: [] }, (listed) =>
    groups.push(...listed.groups.map((group) => group.groupId)),
  );
  expect(groups).toEqual(["kept"]);
  coordinator.fetchOffsets({ groupId: "kept", topics: null }, false, ({ topics }) =>
    expect(topics[0]!.partitions[0]!.committedOffset).toBe(1_099),
  );
  let batches = 0;
  log.forEachBatchFrom(log.logStartOffset, () => void (batches += 1));
  expect(batches).toBeLessThan(120);
});
