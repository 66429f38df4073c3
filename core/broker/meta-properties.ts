// meta.properties: whose disk this is. Written when a log directory is first used; a wiped or exchanged disk shows by
// another directory id (KIP-858), and a disk of another cluster or node must never be served.

import { assert } from "../assert.js";
import type { Environment } from "../environment.js";
import { decodeUtf8, encodeUtf8 } from "../protocol/utf8.js";
import type { NodeId, Uuid } from "../types.js";

const PATH = "logs/meta.properties";

/** The id of the log directory, drawn at its first use. */
export function logDirectoryId(env: Environment, clusterId: string, nodeId: NodeId): Uuid {
  const known = readProperties(env);
  if (known !== undefined) {
    assert(known.get("cluster.id") === clusterId, "the log directory belongs to this cluster");
    assert(known.get("node.id") === String(nodeId), "the log directory belongs to this node");
    const directoryId = known.get("directory.id");
    assert(directoryId !== undefined, "meta.properties names the directory");
    return directoryId;
  }
  const directoryId = env.random.uuid();
  const lines = ["version=1", `cluster.id=${clusterId}`, `node.id=${nodeId}`, `directory.id=${directoryId}`, ""];
  env.storage.replace(PATH, encodeUtf8(lines.join("\n")));
  return directoryId;
}

function readProperties(env: Environment): ReadonlyMap<string, string> | undefined {
  if (!env.storage.exists(PATH)) return undefined;
  const file = env.storage.open(PATH);
  const lines = decodeUtf8(file.read(0, file.sizeBytes)).split("\n");
  const entries = lines.filter((line) => line.includes("=")).map((line) => line.split("=", 2) as [string, string]);
  return entries.length === 0 ? undefined : new Map(entries);
}
