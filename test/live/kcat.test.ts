// kcat (librdkafka) with its default settings, against the live server.

import { describe, expect, test } from "vitest";
import { eventually, hasKcat, Kcat, kcat, testServer } from "./support.js";

const ORDERS = [{ name: "orders", partitions: 3, replicationFactor: 3 }];

function keyed(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `key-${index % 97}:value ${index}`);
}

const CONSUME_ALL = ["-C", "-o", "beginning", "-e", "-q", "-f", "%k:%s\n"];

describe.skipIf(!hasKcat)("kcat", () => {
  test("lists three brokers at their advertised ports and a topic's partitions with replicas and ISR", async () => {
    const server = await testServer({ topics: ORDERS });
    const { lines } = await kcat(server.bootstrapServers[0]!, ["-L"]);
    const text = lines.join("\n");
    expect(text).toContain("3 brokers:");
    for (const [id, { host, port }] of server.endpoints) expect(text).toContain(`broker ${id} at ${host}:${port}`);
    expect(text).toContain('topic "orders" with 3 partitions:');
    expect(text.match(/partition \d, leader [123], replicas: \d,\d,\d, isrs: \d,\d,\d/g)).toHaveLength(3);
  });

  const modes: readonly (readonly [string, readonly string[]])[] = [
    ["librdkafka's defaults", []],
    ["idempotence", ["-X", "enable.idempotence=true"]],
    ["acks=1", ["-X", "acks=1"]],
    ["acks=0", ["-X", "acks=0"]],
    ["gzip batches", ["-z", "gzip"]],
    ["snappy batches", ["-z", "snappy"]],
    ["lz4 batches", ["-z", "lz4"]],
    ["zstd batches", ["-z", "zstd"]],
  ];
  test("consumes exactly what it produced, each key in order, however it was sent", async () => {
    const server = await testServer();
    const sent = keyed(2000);
    for (const [index, [name, options]] of modes.entries()) {
      // The topic comes into being because it is asked for.
      const topic = `sent-${index}`;
      const produced = await kcat(server.bootstrap, ["-P", "-t", topic, "-K:", ...options], sent.join("\n"));
      expect(produced, name).toMatchObject({ status: 0 });
      const { lines } = await kcat(server.bootstrap, [...CONSUME_ALL, "-t", topic]);
      expect([...lines].sort(), name).toEqual([...sent].sort());
      const ofKey = (all: readonly string[]): readonly string[] => all.filter((line) => line.startsWith("key-7:"));
      expect(ofKey(lines), name).toEqual(ofKey(sent));
    }
  });

  test("finds offsets by time, and reads from an offset counted from the end", async () => {
    const server = await testServer({ topics: [{ name: "orders", partitions: 1, replicationFactor: 3 }] });
    const startedMs = Date.now();
    await kcat(server.bootstrap, ["-P", "-t", "orders", "-K:"], keyed(50).join("\n"));
    const query = async (time: number): Promise<string> =>
      (await kcat(server.bootstrap, ["-Q", "-t", `orders:0:${time}`])).lines.join();
    expect(await query(-2)).toBe("orders [0] offset 0");
    expect(await query(-1)).toBe("orders [0] offset 50");
    // Records bear the wall clock's time.
    expect(await query(startedMs - 60_000)).toBe("orders [0] offset 0");
    const last = await kcat(server.bootstrap, ["-C", "-t", "orders", "-o", "-3", "-c", "3", "-q", "-f", "%o\n"]);
    expect(last.lines).toEqual(["47", "48", "49"]);
  });

  test("two members of a group share the partitions, and a member that leaves gives its share back", async () => {
    const server = await testServer({ topics: ORDERS });
    const member = (): Kcat =>
      new Kcat(server.bootstrap, [
        "-G",
        "readers",
        "-X",
        "auto.offset.reset=earliest",
        "-u",
        "-f",
        "%p:%s\n",
        "orders",
      ]);
    const owned = (kcat: Kcat): number => (last(kcat).match(/orders \[\d\]/g) ?? []).length;
    const [first, second] = [member(), member()];
    await eventually("both own partitions, three in all", () => {
      const shares = [owned(first), owned(second)].sort();
      return shares.join() === "1,2" && !/revoked/.test(last(first) + last(second));
    });
    const values = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}-${i}`);
    const produce = (all: readonly string[], partition: number): Promise<unknown> =>
      kcat(server.bootstrap, ["-P", "-t", "orders", "-p", String(partition)], all.join("\n"));
    for (const partition of [0, 1, 2]) await produce(values(100, `p${partition}`), partition);
    const received = (): string[] => [...first.lines, ...second.lines];
    await eventually("every record was received", () => new Set(received()).size >= 300);
    expect(first.lines.length).toBeGreaterThan(0);
    expect(second.lines.length).toBeGreaterThan(0);
    second.interrupt();
    await second.done;
    await eventually("the one that stayed owns all three", () => owned(first) === 3 && !/revoked/.test(last(first)));
    for (const partition of [0, 1, 2]) await produce(values(10, `late${partition}`), partition);
    await eventually("it receives what came later", () => first.lines.filter((l) => l.includes("late")).length === 30);
    expect(new Set(received()).size).toBe(330);
  });
});

/** What kcat said last of its group: "… assigned: orders [0], orders [1]". */
function last({ stderr }: Kcat): string {
  return stderr.split("rebalanced").at(-1)?.split("\n")[0] ?? "";
}
