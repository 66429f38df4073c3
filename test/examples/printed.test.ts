// What the README says a failing property prints is what it prints: runs the example in a vitest of its own.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const SCRIPT = `
  import { startVitest } from "vitest/node";
  const include = ["test/examples/failing/shared-rack.ts"];
  const vitest = await startVitest("test", [], { config: "test/vitest.config.ts", include, watch: false });
  await vitest?.close();
`;

/** Everything that vitest prints of the example, as plain text. */
function printed(): Promise<string> {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", CI: "1", SAMSA_FC_SEED: "2026" };
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env, encoding: "utf8" } as const;
    execFile("node", ["--input-type=module", "-e", SCRIPT], options, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

/** The message of the failed property: without places in files, and with its line of JSON cut short. */
function messageIn(output: string): string {
  const begin = output.indexOf("Error: Property failed");
  const end = output.indexOf("⎯⎯", begin);
  return output
    .slice(begin, end)
    .split("\n")
    .filter((line) => !/^ *❯ /.test(line))
    .map((line) => line.replace(/^(\{"seed":\d+,).*\}$/, "$1 …}"))
    .join("\n")
    .trim();
}

const readme = readFileSync(join(ROOT, "README.md"), "utf8");

test("the README shows the property as it runs", () => {
  const [, shown] = /```ts\n(import \{ test \} from "@fast-check\/vitest";[\s\S]*?)```/.exec(readme) ?? [];
  expect(readFileSync(join(ROOT, "test/examples/rack-loss.test.ts"), "utf8").split("\n\n").slice(1).join("\n\n")).toBe(
    shown,
  );
});

test("a failing property prints the smallest trial and its story, as the README shows", async () => {
  const [, shown] = /```\n(Error: Property failed[\s\S]*?)\n```/.exec(readme) ?? [];
  expect(messageIn(await printed())).toBe(shown);
});
