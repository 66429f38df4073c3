// Folding: what a fault or a death does to its node at once is part of its sentence, not a sentence of its own.
// Otherwise a power loss reads as a dozen entries: the fault, the end of the process, and every file that lost bytes.

import type { Trace } from "./trace-source.js";
import type { EventOf } from "./trace-types.js";

type Damage = EventOf<"disk.damaged">;
type FaultTold = EventOf<"fault.injected" | "fault.healed">;

export interface Folding {
  /** Events, by seq, that another's sentence tells. */
  readonly folded: ReadonlySet<number>;
  /** What the sentence of an event, by seq, tells in addition. */
  readonly additions: ReadonlyMap<number, string>;
}

/** Finds what is told with something else. */
export function foldConsequences(trace: Trace): Folding {
  const folded = new Set<number>();
  const faults = new Map<number, FaultTold>();
  /** Whose sentence tells what a node loses at this moment. */
  const tellers = new Map<number, { readonly atUs: number; readonly seq: number }>();
  const damages = new Map<number, Damage[]>();
  for (const event of trace.events) {
    const { seq, atUs, node, cause } = event;
    const isDirect = faults.get(cause)?.nodes[0] === node && faults.get(cause)?.atUs === atUs;
    switch (event.type) {
      case "fault.injected":
      case "fault.healed":
        if (namesItsNode(event)) faults.set(seq, event);
        break;
      case "process.crashed":
        tellers.set(node, { atUs, seq: isDirect ? cause : seq });
        if (isDirect) folded.add(seq);
        break;
      case "process.started":
      case "process.paused":
      case "process.resumed":
        if (isDirect) folded.add(seq);
        break;
      case "disk.damaged": {
        if (isInternalFile(event)) break;
        const teller = tellers.get(node);
        const host = isDirect ? cause : teller?.atUs === atUs ? teller.seq : seq;
        if (host === seq) tellers.set(node, { atUs, seq });
        else folded.add(seq);
        damages.set(host, [...(damages.get(host) ?? []), event]);
        break;
      }
      default:
    }
  }
  return { folded, additions: new Map([...damages].map(([host, lost]) => [host, damagesText(lost)])) };
}

/** True of the files that Kafka keeps for itself. */
export function isInternalFile({ path }: Damage): boolean {
  return path.includes("__");
}

/** A file as people name it: of "logs/orders-0/00000000000000000000.log", the folder and the kind of file. */
export function fileWords(path: string): { readonly folder: string; readonly kind: string } {
  const [folder = path, file = path] = path.split("/").slice(-2);
  return { folder, kind: /^\d+\.([a-z]+)$/.exec(file)?.[1] ?? file };
}

/** A fault of one node has that node's name in its sentence; the outage of a rack names the rack alone. */
function namesItsNode(event: FaultTold): boolean {
  return event.idle !== true && event.nodes.length === 1 && event.fault.kind !== "rack-power-loss";
}

const LOSSES = { unflushed: "unflushed bytes lost", wiped: "bytes lost", corrupt: "bytes corrupted" } as const;

/** "unflushed bytes lost: orders-0 (log 900, index 8), orders-1 (log 70)". */
function damagesText(damages: readonly Damage[]): string {
  const byFolder = new Map<string, string[]>();
  for (const { path, lostBytes, loss } of damages) {
    const { folder, kind } = fileWords(path);
    const files = byFolder.get(folder);
    const words = loss === "corrupt" ? kind : `${kind} ${lostBytes}`;
    if (files === undefined) byFolder.set(folder, [words]);
    else files.push(words);
  }
  const folders = [...byFolder].map(([folder, files]) => `${folder} (${files.join(", ")})`);
  return `${LOSSES[damages[0]!.loss]}: ${folders.join(", ")}`;
}
