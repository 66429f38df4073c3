// Death midway: a process dies between two file operations of one handler.
// What it did to its files stands; what it was about to do and to send never happens. Otherwise handlers are whole, and
// no test would ever see the files of an exchange of segments that was half done. The machine keeps the death to come,
// since the process that comes to the place may be the next one: one dies while it recovers, too. Only the host sets it.

/** A change of the file system that a process asks for. */
export const FILE_OPERATIONS = ["create", "append", "truncate", "replace", "rename", "remove"] as const;
export type FileOperation = (typeof FILE_OPERATIONS)[number];

/** Where in its work a process dies: just before it would do such an operation for the `nth` time (from 1) from now. */
export interface Midway {
  readonly operation: FileOperation | "any";
  readonly nth: number;
}

/** What a process never came to do, because it died just before: "append to orders-0/00000000000000000000.log". */
export type LastIntent = { readonly operation: FileOperation; readonly path: string };

/** Unwinds the handler of a process that dies midway. */
export class DeathMidway extends Error {
  override readonly name = "DeathMidway";
  readonly how: MachineEnd;
  readonly die: () => void;

  constructor(how: MachineEnd, die: () => void) {
    super("the process dies midway");
    this.how = how;
    this.die = die;
  }
}

/** A crash leaves the operating system alive, a loss of power does not. */
type MachineEnd = "crash" | "power-loss";

/** A death to come, kept by the machine: the process that comes to the place dies there, whichever it is. */
export class DeathToCome {
  readonly midway: Midway;
  private readonly how: MachineEnd;
  private readonly die: (before: LastIntent) => void;
  private left: number;

  constructor(midway: Midway, how: MachineEnd, die: (before: LastIntent) => void) {
    this.midway = midway;
    this.how = how;
    this.die = die;
    this.left = midway.nth;
  }

  /** Throws at the place, to unwind the handler. */
  comesTo(operation: FileOperation, path: string): void {
    if (this.midway.operation !== "any" && this.midway.operation !== operation) return;
    if (--this.left === 0) throw new DeathMidway(this.how, () => this.die({ operation, path }));
  }
}
