// The public surface of core/: node factories and the types a host needs.
export type * from "./environment.js";
export type * from "./node.js";
export * from "./types.js";
