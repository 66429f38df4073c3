// How the command line speaks: one error type for everything a user can get wrong, and the help texts.

/** Something the user can mend. Printed as one sentence; the program ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Exit codes of every command. */
export const ExitCode = { OK: 0, VIOLATED: 1, USAGE: 2, CRASHED: 3 } as const;

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole help of this command. */
  readonly help: string;
  /** Does it; returns the exit code, or undefined to keep running (a server). */
  run(args: readonly string[]): Promise<number | undefined>;
}
