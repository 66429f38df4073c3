// Injector: makes faults happen, and heals them.
// Targets are resolved at the strike; healing undoes what was done to those nodes, whoever leads by then. A fault
// whose target does not exist at that moment strikes nobody, and the trace says so. A fault that comes to its own end
// (a restart) is healed then, and healing that finds nothing to undo says so: somebody else may have started the machine.

import { assertNever } from "../../core/assert.js";
import type { NodeId } from "../../core/types.js";
import { refuse } from "../mistake.js";
import type { LinkEffect, LinkRule } from "../network/rules.js";
import type { Machine } from "../process/machine.js";
import type { SimulatedCluster } from "../process/cluster.js";
import { SCRIPT_NODE, type ScriptEvent } from "../trace/format.js";
import { describeFault, describeHealing, describeTarget, type Finding } from "./describe.js";
import { faultProblem } from "./fault-check.js";
import type { Fault, Midway, ScheduledFault, Target, TargetResolver } from "./fault.js";

/** A fault that stands. Healing twice is harmless. */
export interface StandingFault {
  readonly fault: Fault;
  /** The nodes it struck. */
  readonly nodes: readonly NodeId[];
  heal(): void;
}

/** How a fault ends: what healing it now would find, and the healing. */
interface Ending {
  finds(): Finding;
  undo(): void;
}

type FaultEvent = Extract<ScriptEvent, { readonly fault: Fault }>;
type FaultOfOneTarget = Extract<Fault, { readonly target: Target }>;
const NOTHING: Ending = { finds: () => "nothing", undo: () => {} };

export class FaultInjector {
  private readonly cluster: SimulatedCluster;
  private readonly resolver: TargetResolver;
  private readonly standing = new Set<StandingFault>();

  constructor(cluster: SimulatedCluster, resolver: TargetResolver) {
    this.cluster = cluster;
    this.resolver = resolver;
  }

  /**
   * Strikes now.
   * @throws Mistake if it is no fault, or names a node that cannot exist
   */
  inject(fault: Fault): StandingFault {
    refuse(faultProblem(fault));
    const nodes = this.nodesOf(fault);
    // Whom the fault strikes is named now: by the time it is healed, somebody else may lead.
    const strikes = describeFault(fault, (target) => this.phraseOf(target));
    const names = new Map(targetsOf(fault).map((target) => [target, this.namesOf(target) ?? describeTarget(target)]));
    const sentence = nodes.length === 0 ? `${strikes} (nobody, as it turned out)` : strikes;
    let ending = NOTHING;
    let healed = false;
    const standing: StandingFault = {
      fault,
      nodes,
      heal: () => {
        if (healed) return;
        healed = true;
        this.standing.delete(standing);
        const finding = ending.finds();
        const heals = describeHealing(fault, finding, (target) => names.get(target) ?? describeTarget(target));
        const idle = finding === "nothing" ? ({ idle: true } as const) : {};
        this.tell({ type: "fault.healed", fault, nodes, sentence: heals, ...idle }, () => ending.undo());
      },
    };
    this.standing.add(standing);
    this.tell({ type: "fault.injected", fault, nodes, sentence }, () => {
      ending = this.strike(fault, nodes, standing.heal);
    });
    return standing;
  }

  /**
   * Lets a schedule strike and heal, its times counted from now.
   * @throws Mistake if one of them is no fault
   */
  schedule(faults: readonly ScheduledFault[]): void {
    for (const { fault } of faults) refuse(faultProblem(fault));
    for (const { atMs, fault, healAtMs } of faults) {
      this.cluster.simulation.after(atMs, () => {
        const standing = this.inject(fault);
        if (healAtMs !== undefined) this.cluster.simulation.after(Math.max(0, healAtMs - atMs), () => standing.heal());
      });
    }
  }

  /** Heals every fault that stands, oldest first. Machines that are down start; corrupt bytes stay corrupt. */
  healAll(): void {
    for (const standing of this.standing) standing.heal();
  }

  /** Heals what keeps a machine down; false if nothing that was injected does. */
  healDown(nodeId: NodeId): boolean {
    const keepsDown: ReadonlySet<Fault["kind"]> = new Set(["crash", "power-loss", "shutdown", "wipe-disk"]);
    const causes = [...this.standing].filter(({ fault, nodes }) => keepsDown.has(fault.kind) && nodes.includes(nodeId));
    for (const standing of causes) standing.heal();
    return causes.length > 0;
  }

  private nodesOf(fault: Fault): readonly NodeId[] {
    switch (fault.kind) {
      case "rack-power-loss":
        return this.resolver.resolveTarget({ rack: fault.rack });
      case "rolling-restart":
        return this.resolveAll(fault.targets);
      case "partition":
        return distinct([...this.resolveAll(fault.from), ...this.resolveAll(fault.to)]);
      case "slow-link":
      case "reset-connections":
        return this.resolveAll([fault.from, fault.to]);
      default:
        return this.resolver.resolveTarget(fault.target);
    }
  }

  private resolveAll(targets: readonly Target[]): readonly NodeId[] {
    return distinct(targets.flatMap((target) => this.resolver.resolveTarget(target)));
  }

  /** Does the harm; returns its undoing. `heal` is called when the fault comes to its own end. */
  private strike(fault: Fault, nodes: readonly NodeId[], heal: () => void): Ending {
    switch (fault.kind) {
      case "rack-power-loss":
        return this.each(nodes, (machine) => this.darken(machine));
      case "rolling-restart":
        return this.rollingRestart(nodes, fault.downMs, fault.betweenMs, heal);
      case "partition": {
        const from = new Set(this.resolveAll(fault.from));
        const to = new Set(this.resolveAll(fault.to));
        if (from.size === 0 || to.size === 0) return NOTHING;
        const blocks = (a: NodeId, b: NodeId): boolean =>
          a !== b && ((from.has(a) && to.has(b)) || (fault.symmetric && to.has(a) && from.has(b)));
        return this.linkRule((a, b) => (blocks(a, b) ? { blocks: true } : undefined));
      }
      case "slow-link":
      case "reset-connections": {
        const from = this.resolver.resolveTarget(fault.from);
        const to = this.resolver.resolveTarget(fault.to);
        if (from.length === 0 || to.length === 0) return NOTHING;
        if (fault.kind === "slow-link") {
          const slow: LinkEffect = { extraUs: Math.ceil(fault.extraMs * 1000) };
          return this.linkRule((a, b) => (from.includes(a) && to.includes(b) ? slow : undefined));
        }
        for (const a of from) for (const b of to) this.cluster.network.resetConnections(a, b);
        return NOTHING;
      }
      default:
        return this.each(nodes, (machine) => this.strikeMachine(fault, machine, heal));
    }
  }

  private strikeMachine(fault: FaultOfOneTarget, machine: Machine, heal: () => void): Ending {
    const { nodeId, disk } = machine;
    switch (fault.kind) {
      case "crash":
      case "power-loss": {
        if (fault.midway !== undefined) return this.deathMidway(machine, fault.midway, fault.kind);
        if (fault.kind === "crash") machine.crash();
        else machine.losePower();
        return this.startOf(machine);
      }
      case "wipe-disk":
        machine.wipeDisk();
        return this.startOf(machine);
      case "shutdown":
        if (machine.isRunning) machine.shutdown();
        return {
          finds: () => (!machine.isRunning ? "harm" : machine.isStopping ? "harm to come" : "nothing"),
          undo: () => this.startOnceDown(machine),
        };
      case "restart":
        machine.crash();
        this.cluster.simulation.after(fault.downMs, heal);
        return this.startOf(machine);
      case "crash-loop":
        return this.crashLoop(machine, fault.upMs, fault.downMs);
      case "pause":
        machine.pause();
        return { finds: () => (machine.isPaused ? "harm" : "nothing"), undo: () => machine.resume() };
      case "isolate": {
        const inbound = fault.direction !== "outbound";
        const outbound = fault.direction !== "inbound";
        return this.linkRule((from, to) => {
          const cuts = from !== to && ((outbound && from === nodeId) || (inbound && to === nodeId));
          return cuts ? { blocks: true } : undefined;
        });
      }
      case "refuse-connections":
        return this.linkRule((_, to) => (to === nodeId ? { refuses: true } : undefined));
      case "slow-disk": {
        const before = { factor: disk.slowFactor, extraUs: disk.slowExtraUs };
        disk.slowFactor = fault.factor;
        disk.slowExtraUs = Math.ceil(fault.extraMs * 1000);
        return {
          finds: () => (disk.slowFactor === before.factor && disk.slowExtraUs === before.extraUs ? "nothing" : "harm"),
          undo: () => {
            disk.slowFactor = before.factor;
            disk.slowExtraUs = before.extraUs;
          },
        };
      }
      case "full-disk":
      case "disk-error":
        disk.fault = fault.kind === "full-disk" ? "full" : "failed";
        return {
          finds: () => (disk.fault === "none" ? "nothing" : "harm"),
          undo: () => {
            disk.fault = "none";
            // A broker whose only log directory failed has halted.
            this.cluster.startIfDown(nodeId);
          },
        };
      case "corrupt":
        machine.corrupt(fault.path, fault.positionBytes);
        return NOTHING;
      case "clock-step":
        machine.clock.stepWall(fault.byMs);
        return NOTHING;
      case "clock-skew":
        machine.clock.stepWall(fault.offsetMs);
        return {
          finds: () => (fault.offsetMs === 0 ? "nothing" : "harm"),
          undo: () => machine.clock.stepWall(-fault.offsetMs),
        };
      case "clock-drift": {
        const before = machine.clock.driftPpm;
        const { simulation } = this.cluster;
        machine.clock.setDrift(fault.ppm, simulation.nowUs());
        return {
          finds: () => (machine.clock.driftPpm === before ? "nothing" : "harm"),
          undo: () => machine.clock.setDrift(before, simulation.nowUs()),
        };
      }
      default:
        return assertNever(fault);
    }
  }

  private darken(machine: Machine): Ending {
    machine.losePower();
    return this.startOf(machine);
  }

  /** Healing that starts the machine, if nothing else has. */
  private startOf(machine: Machine): Ending {
    return {
      finds: () => (machine.isRunning ? "nothing" : "harm"),
      undo: () => this.cluster.startIfDown(machine.nodeId),
    };
  }

  private deathMidway(machine: Machine, midway: Midway, how: "crash" | "power-loss"): Ending {
    const death = machine.dieMidway(midway, how);
    return {
      finds: () => (!machine.isRunning ? "harm" : death.isToCome() ? "harm to come" : "nothing"),
      undo: () => {
        death.callOff();
        this.cluster.startIfDown(machine.nodeId);
      },
    };
  }

  private crashLoop(machine: Machine, upMs: number, downMs: number): Ending {
    const { simulation } = this.cluster;
    let healed = false;
    const crash = (): void => {
      if (healed) return;
      machine.crash();
      simulation.after(downMs, () => {
        if (healed) return;
        this.cluster.startIfDown(machine.nodeId);
        simulation.after(upMs, crash);
      });
    };
    crash();
    return {
      finds: () => "harm",
      undo: () => {
        healed = true;
        this.cluster.startIfDown(machine.nodeId);
      },
    };
  }

  private rollingRestart(nodes: readonly NodeId[], downMs: number, betweenMs: number, heal: () => void): Ending {
    const { simulation } = this.cluster;
    let isOver = false;
    const restart = (index: number): void => {
      if (isOver) return;
      const nodeId = nodes[index];
      if (nodeId === undefined) {
        // What stops a machine from now on is no concern of this fault.
        isOver = true;
        return heal();
      }
      const machine = this.cluster.machine(nodeId);
      const bringUp = (): void => {
        this.cluster.startIfDown(nodeId);
        simulation.after(betweenMs, () => restart(index + 1));
      };
      if (machine.isRunning) machine.shutdown(() => simulation.after(downMs, bringUp));
      else bringUp();
    };
    restart(0);
    return {
      finds: () => "harm",
      undo: () => {
        if (isOver) return;
        isOver = true;
        for (const nodeId of nodes) this.startOnceDown(this.cluster.machine(nodeId));
      },
    };
  }

  /** A graceful stop takes as long as the node likes: waits for it, looking every 10 ms, then starts the machine. */
  private startOnceDown(machine: Machine): void {
    if (!machine.isRunning) machine.start();
    else if (machine.isStopping) this.cluster.simulation.after(10, () => this.startOnceDown(machine));
  }

  private each(nodes: readonly NodeId[], strike: (machine: Machine) => Ending): Ending {
    const endings = nodes.map((nodeId) => strike(this.cluster.machine(nodeId)));
    return {
      finds: () => {
        const findings = endings.map((ending) => ending.finds());
        return findings.find((finding) => finding === "harm") ?? findings.find((it) => it !== "nothing") ?? "nothing";
      },
      undo: () => {
        for (const ending of endings) ending.undo();
      },
    };
  }

  private linkRule(rule: LinkRule): Ending {
    return { finds: () => "harm", undo: this.cluster.network.addLinkRule(rule) };
  }

  /** The names of the nodes a target stands for now; undefined if there is none. */
  private namesOf(target: Target): string | undefined {
    const names = this.resolver.resolveTarget(target).map((nodeId) => this.cluster.machine(nodeId).spec.name);
    return names.length === 0 ? undefined : names.join(", ");
  }

  /** A target as it was written, and whom it stands for: "the leader of orders-0 (broker-1)". */
  private phraseOf(target: Target): string {
    const names = this.namesOf(target);
    if (names === undefined) return describeTarget(target);
    const isAddress =
      typeof target === "number" ||
      ("role" in target && (target.role === "client" || ("index" in target && !("topic" in target))));
    return isAddress ? names : `${describeTarget(target)} (${names})`;
  }

  /** Tells the trace; what `act` does is caused by that event. */
  private tell(event: FaultEvent, act: () => void): void {
    const { recorder } = this.cluster;
    const outerCause = recorder.cause;
    if (recorder.enabled) recorder.cause = recorder.emit(SCRIPT_NODE, event);
    act();
    recorder.cause = outerCause;
  }
}

/** A file may have been written by hand, or by somebody without types. */

function distinct(nodes: readonly NodeId[]): readonly NodeId[] {
  return [...new Set(nodes)];
}

/** The targets a fault names, as it names them. */
function targetsOf(fault: Fault): readonly Target[] {
  switch (fault.kind) {
    case "rack-power-loss":
      return [];
    case "rolling-restart":
      return fault.targets;
    case "partition":
      return [...fault.from, ...fault.to];
    case "slow-link":
    case "reset-connections":
      return [fault.from, fault.to];
    default:
      return [fault.target];
  }
}
