// What the active controller does without being asked: fence silent brokers, write no-ops so that lag shows, move
// leaderships back to preferred replicas, look for partitions that may elect uncleanly.

import type { Environment, Timer } from "../environment.js";
import type { MetadataRecord } from "../protocol/messages/metadata-records.js";
import type { ClusterControl } from "./cluster-control.js";
import type { ControllerState } from "./controller-state.js";
import type { LeaderElections } from "./leader-elections.js";

const MS_PER_SECOND = 1000;
/** A look at the elections that comes early, in runs where it may. */
const EARLY_MS = 1000;

/** What the tasks need of the controller they work for. */
export interface PeriodicWork {
  readonly env: Environment;
  readonly state: ControllerState;
  readonly cluster: ClusterControl;
  readonly elections: LeaderElections;
  writeRecords(records: readonly MetadataRecord[]): void;
  writeNoOp(): void;
}

export class PeriodicTasks {
  readonly #controller: PeriodicWork;
  readonly #sessionTimer: Timer;
  readonly #noOpTimer: Timer;
  readonly #balanceTimer: Timer;
  readonly #uncleanTimer: Timer;

  constructor(controller: PeriodicWork) {
    this.#controller = controller;
    const { timers } = controller.env;
    this.#sessionTimer = timers.create("controller-session-expiry", () => this.#expireSessions());
    this.#noOpTimer = timers.create("controller-no-op", () => this.#writeNoOp());
    this.#balanceTimer = timers.create("controller-preferred-leaders", () => this.#balanceLeaders());
    this.#uncleanTimer = timers.create("controller-unclean-election", () => this.#electUncleanly());
  }

  start(): void {
    this.#armNoOp();
    this.#armBalance();
    this.#armUnclean();
    this.#armSession();
  }

  stop(): void {
    for (const timer of [this.#sessionTimer, this.#noOpTimer, this.#balanceTimer, this.#uncleanTimer]) timer.cancel();
  }

  /** A broker may have been unfenced: its session needs watching. */
  afterWrite(): void {
    if (!this.#sessionTimer.armed) this.#armSession();
  }

  #armSession(): void {
    const remainingMs = this.#controller.cluster.nextSessionExpiryMs();
    if (remainingMs !== undefined) this.#sessionTimer.arm(remainingMs);
  }

  /** Heartbeats do not re-arm the timer: it fires when the oldest session could have expired, and looks. */
  #expireSessions(): void {
    this.#controller.writeRecords(this.#controller.cluster.fenceOneStaleBroker());
    this.#armSession();
  }

  #writeNoOp(): void {
    this.#controller.writeNoOp();
    this.#armNoOp();
  }

  #armNoOp(): void {
    const intervalMs = this.#controller.state.config["metadata.max.idle.interval.ms"];
    if (intervalMs > 0) this.#noOpTimer.arm(intervalMs);
  }

  #balanceLeaders(): void {
    this.#controller.writeRecords(this.#controller.elections.preferredElections());
    this.#armBalance();
  }

  #armBalance(): void {
    const { config } = this.#controller.state;
    if (!config["auto.leader.rebalance.enable"]) return;
    this.#balanceTimer.arm(this.#delayMs(config["leader.imbalance.check.interval.seconds"] * MS_PER_SECOND));
  }

  #electUncleanly(): void {
    this.#controller.writeRecords(this.#controller.elections.uncleanElections());
    this.#armUnclean();
  }

  #armUnclean(): void {
    const intervalMs = this.#controller.state.config["unclean.leader.election.interval.ms"];
    if (intervalMs > 0) this.#uncleanTimer.arm(this.#delayMs(intervalMs));
  }

  #delayMs(usualMs: number): number {
    return this.#controller.env.buggify.strikes("early-election-check") ? Math.min(EARLY_MS, usualMs) : usualMs;
  }
}
