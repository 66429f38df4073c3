// A node: a process of the cluster without its world.
// It is made by a factory over an Environment. Crash = the host drops the object; restart = the host calls the
// factory again over the same storage. There is no reset method, so no field can be forgotten in one.

import type { Environment } from "./environment.js";

export interface Node {
  /** Begins work: recovers from storage, listens, arms timers. Called once. */
  start(): void;
  /** Graceful stop (SIGTERM). Calls `onStopped` once when the process may exit; a crash calls nothing. */
  shutdown(onStopped: () => void): void;
}

export type NodeFactory = (environment: Environment) => Node;
