// Two versions of Node agree on every digest. SAMSA_SECOND_NODE names the other one's binary; CI sets it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadDataSet } from "../../sim/cli/files.js";
import { flights } from "../../scenarios/flights.js";
import { bundleDigests } from "./bundle.js";
import { digestsOf } from "./digests.js";

const secondNode = process.env["SAMSA_SECOND_NODE"];
const name = `determinism: ${secondNode ?? "a second Node (SAMSA_SECOND_NODE)"} finds the digests of this one`;

test.skipIf(secondNode === undefined)(name, async () => {
  const folder = mkdtempSync(join(tmpdir(), "samsa-digests-"));
  try {
    const module = await bundleDigests(folder);
    const data = loadDataSet(flights.data!);
    const dataPath = join(folder, "data.json");
    writeFileSync(dataPath, JSON.stringify(data));
    const script = join(folder, "main.mjs");
    writeFileSync(
      script,
      `import { readFileSync } from "node:fs";
import { digestsOf } from ${JSON.stringify(module)};
const data = JSON.parse(readFileSync(${JSON.stringify(dataPath)}, "utf8"));
console.log(JSON.stringify({ version: process.version, digests: digestsOf(data) }));
`,
    );
    const output = execFileSync(secondNode!, [script], { encoding: "utf8" });
    const other = JSON.parse(output) as { readonly version: string; readonly digests: unknown };
    expect(other.version).not.toBe(process.version);
    expect(other.digests).toEqual(digestsOf(data));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
