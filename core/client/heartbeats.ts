// Heartbeats: how a member tells its coordinator that it lives, and learns that the group rebalances.
// They go on between polls; whether the application is alive too is judged by `max.poll.interval.ms`, not here.

import type { ConsumerConfig } from "../config/client-config.js";
import type { Environment, Timer } from "../environment.js";
import { type ErrorCode, Errors } from "../errors.js";
import { APIS } from "../protocol/apis.js";
import type { CoordinatorLink } from "./coordinator-link.js";
import { ExponentialBackoff } from "./backoff.js";
import type { CommitIdentity } from "./offset-commits.js";

export class Heartbeats {
  private readonly env: Environment;
  private readonly config: ConsumerConfig;
  private readonly link: CoordinatorLink;
  private readonly identity: () => CommitIdentity;
  private readonly onAnswer: (error: ErrorCode) => void;
  private readonly timer: Timer;
  private readonly backoff: ExponentialBackoff;
  private isInFlight = false;
  private lastAnswerMs = 0;
  private failures = 0;

  /** @param onAnswer called with the error code of each answer that concerns the present generation */
  constructor(
    env: Environment,
    config: ConsumerConfig,
    link: CoordinatorLink,
    identity: () => CommitIdentity,
    onAnswer: (error: ErrorCode) => void,
  ) {
    this.env = env;
    this.config = config;
    this.link = link;
    this.identity = identity;
    this.onAnswer = onAnswer;
    this.timer = env.timers.create("heartbeat", () => this.beat());
    this.backoff = new ExponentialBackoff(env.random, config["retry.backoff.ms"], config["retry.backoff.max.ms"]);
  }

  start(): void {
    this.lastAnswerMs = this.env.clock.monotonicMs();
    this.isInFlight = false;
    this.failures = 0;
    this.timer.arm(this.config["heartbeat.interval.ms"]);
  }

  stop(): void {
    this.timer.cancel();
  }

  private beat(): void {
    this.timer.arm(this.config["heartbeat.interval.ms"]);
    const nowMs = this.env.clock.monotonicMs();
    if (nowMs - this.lastAnswerMs > this.config["session.timeout.ms"]) {
      // Whoever should answer does not: perhaps another broker coordinates by now.
      this.lastAnswerMs = nowMs;
      this.isInFlight = false;
      this.link.markUnknown();
    }
    if (this.isInFlight) return;
    const { generationId, memberId, groupInstanceId } = this.identity();
    const groupId = this.config["group.id"];
    const body = APIS.Heartbeat.request.create({ groupId, generationId, memberId, groupInstanceId });
    this.isInFlight = true;
    this.link.send("Heartbeat", body, (answer) => {
      this.isInFlight = false;
      const error = answer.ok ? answer.body.errorCode : answer.error;
      if (error === Errors.NONE || error === Errors.REBALANCE_IN_PROGRESS) {
        this.lastAnswerMs = this.env.clock.monotonicMs();
        this.failures = 0;
      } else if (this.timer.armed) {
        // The session runs: an answer that says nothing of us is asked for again sooner than at the next interval.
        this.timer.arm(this.backoff.delayMs(this.failures));
        this.failures += 1;
      }
      const now = this.identity();
      if (now.generationId === generationId && now.memberId === memberId) this.onAnswer(error);
    });
  }
}
