import { expect, test } from "vitest";
import { NetworkControllerChannel } from "../../../core/broker/controller-channel.js";
import type { RequestMessage } from "../../../core/environment.js";
import { Errors, type ErrorCode } from "../../../core/errors.js";
import { APIS } from "../../../core/protocol/apis.js";
import type { NodeEndpoint } from "../../../core/types.js";
import { FakeEnvironment } from "../support/fake-environment.js";

const [OLD, NEW] = [101, 102].map((id): NodeEndpoint => ({ id, host: `controller-${id}`, port: 9093 })) as [
  NodeEndpoint,
  NodeEndpoint,
];
const CHANGE = APIS.AlterPartition.request.create({ brokerId: 1 });

function setUp() {
  const env = new FakeEnvironment();
  let leader: NodeEndpoint | undefined = OLD;
  const outcomes: string[] = [];
  const channel = new NetworkControllerChannel({
    env,
    clientId: "broker-1-alter-partition",
    requestTimeoutMs: 1000,
    controller: () => leader,
  });
  return {
    env,
    outcomes,
    connections: env.network.connections,
    elect: (node: NodeEndpoint | undefined): void => void (leader = node),
    send(): void {
      channel.send("AlterPartition", CHANGE, (outcome) => {
        outcomes.push(outcome.ok ? `answered ${outcome.body.errorCode}` : outcome.reason);
      });
      env.advance(0);
    },
    open: (index: number): void => env.network.connections[index]!.handler!.onOpen(),
    /** Answers the last request of a connection, for the whole or for its one partition. */
    answer(index: number, errorCode: ErrorCode, partitionError: ErrorCode = Errors.NONE): void {
      const connection = env.network.connections[index]!;
      const { apiKey, apiVersion, correlationId } = connection.sent.at(-1) as RequestMessage;
      const partitions = [{ partitionIndex: 0, errorCode: partitionError }];
      const body = APIS.AlterPartition.response.create({ errorCode, topics: [{ partitions }] });
      connection.handler!.onMessage({ kind: "response", apiKey, apiVersion, correlationId, body });
    },
  };
}

const hosts = ({ connections }: ReturnType<typeof setUp>): readonly string[] =>
  connections.map(({ endpoint }) => endpoint.host);

test("it stays with the controller it has found, whoever the broker takes for the leader meanwhile", () => {
  const world = setUp();
  world.send();
  world.open(0);
  world.answer(0, Errors.NONE);
  world.elect(NEW);
  world.send();
  world.answer(0, Errors.NONE);
  expect([hosts(world), world.outcomes]).toEqual([["controller-101"], ["answered 0", "answered 0"]]);
});

test.each([
  ["of the whole request", Errors.NOT_CONTROLLER, Errors.NONE],
  ["of a single partition", Errors.NONE, Errors.NOT_CONTROLLER],
])("not the controller, said %s: it closes the line, looks again and repeats", (_, error, partitionError) => {
  const world = setUp();
  world.send();
  world.open(0);
  world.elect(NEW);
  world.answer(0, error, partitionError);
  expect(world.outcomes).toEqual([]);
  world.env.advance(100);
  expect([hosts(world), world.connections[0]!.closed]).toEqual([["controller-101", "controller-102"], true]);
  world.open(1);
  world.answer(1, Errors.NONE);
  expect(world.outcomes).toEqual(["answered 0"]);
});

test("no answer in time: it looks again, and waits where nobody is known to lead", () => {
  const world = setUp();
  world.send();
  world.open(0);
  world.elect(undefined);
  world.env.advance(1000);
  world.env.advance(500);
  expect(hosts(world)).toEqual(["controller-101"]);
  world.elect(NEW);
  world.env.advance(100);
  expect(hosts(world)).toEqual(["controller-101", "controller-102"]);
});
