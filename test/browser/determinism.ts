// The simulator in a real browser: `tsx test/browser/determinism.ts`.
// Runs the same scenarios in headless Chromium and in this Node, and compares every digest.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { flights } from "../../scenarios/flights.js";
import { loadDataSet } from "../../sim/cli/files.js";
import { bundleDigests } from "../determinism/bundle.js";
import { digestsOf } from "../determinism/digests.js";

type Digests = ReturnType<typeof digestsOf>;

const folder = mkdtempSync(join(tmpdir(), "samsa-digests-"));
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking"],
});
try {
  const code = readFileSync(await bundleDigests(folder), "utf8");
  const data = loadDataSet(flights.data!);
  const page = await browser.newPage();
  const inBrowser = await page.evaluate(
    async ([source, rows]) => {
      const module = (await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })))) as {
        digestsOf(rows: unknown): Digests;
      };
      return module.digestsOf(rows);
    },
    [code, data] as const,
  );
  const inNode = new Map(digestsOf(data));
  for (const [run, digest] of inBrowser) {
    const agrees = inNode.get(run) === digest;
    console.log(`${agrees ? "ok  " : "FAIL"} ${run}: ${digest}${agrees ? "" : `, in Node ${inNode.get(run)}`}`);
    if (!agrees) process.exitCode = 1;
  }
  if (inBrowser.length !== inNode.size) {
    console.log(`FAIL ${inBrowser.length} runs in the browser, ${inNode.size} in Node`);
    process.exitCode = 1;
  }
  console.log(`${browser.version()} (Chromium) against Node ${process.versions.node}.`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
