// samsa serve: the cluster behind real TCP ports, for kcat, KafkaJS and every other Kafka client.

import { createInterface } from "node:readline";
import { startServer, type LiveServer } from "../live/server.js";
import type { World } from "../world/world.js";
import { parseOptions } from "./options.js";
import { ExitCode, UsageError, type Command } from "./usage.js";

interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

/** "orders:3:3" → name, partitions, replication factor; the last two may be left out. */
function parseTopic(text: string, brokers: number): Topic {
  const match = /^([a-zA-Z0-9._-]{1,249})(?::(\d{1,4}))?(?::(\d{1,3}))?$/.exec(text);
  const partitions = Number(match?.[2] ?? 1);
  const replicationFactor = Number(match?.[3] ?? Math.min(3, brokers));
  if (match?.[1] === undefined || partitions < 1 || replicationFactor < 1) {
    throw new UsageError(`--topic takes name:partitions:replicas, such as orders:3:3, not "${text}".`);
  }
  if (replicationFactor > brokers) {
    throw new UsageError(`--topic ${text} asks for ${replicationFactor} replicas, but there are ${brokers} brokers.`);
  }
  return { name: match[1], partitions, replicationFactor };
}

const COMMANDS = "crash N, power-loss N, pause N, resume N, restart N, status, quit";

export const serveCommand: Command = {
  name: "serve",
  summary: "serve the cluster on real TCP ports, for any Kafka client",
  help: `samsa serve [options]

Starts a cluster and serves it on TCP, one port a broker, paced by the wall clock.
The brokers' own network and disks are simulated.

  --brokers N          brokers (1 to 9; 3 unless told)
  --controllers N      controllers (1, 3 or 5; 3 unless told)
  --port N             port of the first broker (9092 unless told); the others follow
  --host ADDRESS       address to listen on (127.0.0.1 unless told; 0.0.0.0: every one of this machine)
  --advertise HOST     name or address by which clients reach this machine (the --host unless told)
  --topic NAME:P:R     create a topic with P partitions and R replicas; may be repeated
  --seed N             seed of the simulation (1 unless told)
  --verbose            a line for each request

While it runs, lines on standard input break things: ${COMMANDS}.`,
  async run(args) {
    const options = parseOptions("serve", args, {
      brokers: { type: "string" },
      controllers: { type: "string" },
      port: { type: "string" },
      host: { type: "string" },
      advertise: { type: "string" },
      topic: { type: "string", multiple: true },
      seed: { type: "string" },
      verbose: { type: "boolean" },
    });
    if (options.positionals.length > 0)
      throw new UsageError(`samsa serve takes options only, not "${options.positionals[0]}".`);
    const brokers = options.number("brokers", { atLeast: 1, atMost: 9 }) ?? 3;
    const controllers = options.number("controllers", { atLeast: 1, atMost: 5 }) ?? 3;
    const port = options.number("port", { atLeast: 0, atMost: 65_535 - brokers }) ?? 9092;
    const host = options.text("host") ?? "127.0.0.1";
    const advertisedHost = options.text("advertise") ?? host;
    if (ANY_ADDRESS.has(advertisedHost)) {
      const how = "say by which name or address clients reach this machine, with --advertise HOST";
      throw new UsageError(`Nobody can connect to ${advertisedHost}: ${how}.`);
    }
    const topics = options.texts("topic").map((text) => parseTopic(text, brokers));
    const twice = topics.find(({ name }, index) => topics.findIndex((topic) => topic.name === name) < index);
    if (twice !== undefined) throw new UsageError(`--topic names ${twice.name} twice.`);
    const verbose = options.flag("verbose");
    let server: LiveServer;
    try {
      server = await startServer({
        brokers,
        controllers,
        port,
        host,
        advertisedHost,
        topics,
        seed: options.number("seed", { atLeast: 0, atMost: 0xffffffff }) ?? 1,
        ...(verbose
          ? {
              onRequest: (broker, api, clientId) =>
                void process.stderr.write(`broker ${broker}: ${api} from ${clientId ?? "?"}\n`),
            }
          : {}),
        onFailure: (error) => {
          process.stderr.write(
            `Samsa itself failed; this is a bug in it.\n${error instanceof Error ? (error.stack ?? "") : String(error)}\n`,
          );
          process.exit(ExitCode.CRASHED);
        },
      });
    } catch (error) {
      throw addressProblem(error, host, port, port + brokers - 1);
    }
    process.stdout.write(
      `Kafka is served on ${server.bootstrapServers.join(", ")}.\nTry: kcat -b ${server.bootstrapServers[0]} -L\n`,
    );
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => void server.close().then(() => process.exit(ExitCode.OK)));
    }
    const lines = createInterface({ input: process.stdin });
    lines.on("line", (line) => obey(server, line.trim()));
    return undefined;
  },
};

/** Listening on it is listening on all addresses; as the address of a server it is none. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::", ""]);

/** A sentence for what can go wrong with addresses and ports; anything else is a bug of ours. */
function addressProblem(error: unknown, host: string, first: number, last: number): unknown {
  const ports = first === last ? `Port ${first}` : `One of the ports ${first} to ${last}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return new UsageError(`${ports} is taken; choose others with --port.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UsageError(`This machine has no address ${host}; choose another with --host.`);
    case "EACCES":
      return new UsageError(`${ports} is not for ordinary programs; choose others with --port.`);
    default:
      return error;
  }
}

function obey(server: LiveServer, line: string): void {
  if (line === "") return;
  if (line === "quit") return void server.close().then(() => process.exit(ExitCode.OK));
  server.act((world) => {
    const answer = line === "status" ? server.status() : command(world, line);
    process.stdout.write(`${answer}\n`);
  });
}

function command(world: World, line: string): string {
  const match = /^(crash|power-loss|pause|resume|restart) (\d+)$/.exec(line);
  const node = Number(match?.[2]);
  if (match === null || ![...world.brokers, ...world.controllers].includes(node)) return `Say one of: ${COMMANDS}.`;
  switch (match[1]) {
    case "crash":
    case "power-loss":
    case "pause":
      world.inject({ kind: match[1], target: node });
      break;
    case "resume":
      world.resume(node);
      break;
    default:
      world.restart(node);
  }
  return `${line}: done`;
}
