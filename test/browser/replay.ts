// The replay page in a real browser: `tsx test/browser/replay.ts [--html FILE] [--trace FILE] [--out FOLDER]`.
// Opens the page at three sizes and checks that it draws, that nothing is logged as an error or fetched from a
// network, and that seeking to a moment shows exactly what playing to it shows. Saves pictures to the folder.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "fflate";
import { chromium, type Page } from "playwright-core";
import { embedTrace } from "../../visualizer/embed.js";
import { syntheticRun, traceText } from "../visualizer/synthetic-trace.js";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 900, height: 700 },
];

const { values: options } = parseArgs({
  options: {
    html: { type: "string" },
    trace: { type: "string" },
    out: { type: "string", default: join(tmpdir(), "samsa-replay") },
  },
});
const failures: string[] = [];

/** Notes a failure unless the fact holds. */
function check(holds: boolean, fact: string): void {
  console.log(`${holds ? "ok  " : "FAIL"} ${fact}`);
  if (!holds) failures.push(fact);
}

/** The page to test: given, or the built page with the given or the made-up trace inside. */
function pageFile(): string {
  if (options.html !== undefined) return resolve(options.html);
  const template = readFileSync(new URL("../../dist/visualizer/index.html", import.meta.url), "utf8");
  const made = new TextEncoder().encode(traceText(syntheticRun()));
  const trace = options.trace === undefined ? made : readFileSync(options.trace);
  const packed = trace[0] === 0x1f ? trace : gzipSync(trace, { level: 6 });
  const file = join(options.out, "replay.html");
  writeFileSync(file, embedTrace(template, Buffer.from(packed).toString("base64")));
  return file;
}

/** What the page shows that depends on time: the stage as text, and every log canvas as pixels. */
function snapshot(page: Page): Promise<string> {
  return page.evaluate(() => {
    const canvases = [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL());
    return [document.querySelector("#stage")!.outerHTML, ...canvases].join("\n");
  });
}

/** Goes to a time by the address, as a shared link does, and waits for the picture. */
async function seek(page: Page, timeUs: number): Promise<void> {
  await page.evaluate((time) => {
    location.hash = `t=${time}`;
  }, timeUs);
  await settle(page);
}

/** Waits until a few frames have been drawn. */
function settle(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (let frames = 0; frames < 4; frames++) await new Promise((done) => requestAnimationFrame(done));
  });
}

async function shownTime(page: Page): Promise<number> {
  await settle(page);
  return Number(/t=(\d+)/.exec(page.url())?.[1] ?? -1);
}

async function checkDrawing(page: Page, label: string): Promise<void> {
  const nodes = await page.locator("#stage g.node").count();
  check(nodes > 0, `${label}: the stage draws ${nodes} nodes`);
  const { links, canvases, fits } = await page.evaluate(() => ({
    links: document.querySelectorAll("#stage path.link").length,
    canvases: document.querySelectorAll("canvas").length,
    fits: document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight,
  }));
  check(links > 0, `${label}: the stage draws ${links} links`);
  check(canvases > 0, `${label}: the logs panel draws ${canvases} partitions`);
  check(fits, `${label}: the page needs no scroll bars`);
}

/** Plays for a while, pauses, notes the picture; leaves by a detour; seeks back and compares. */
async function checkSeekEqualsPlay(page: Page, startUs: number, endUs: number, label: string): Promise<void> {
  await seek(page, startUs);
  await page.keyboard.press("Space");
  await page.waitForTimeout(700);
  await page.keyboard.press("Space");
  const reachedUs = await shownTime(page);
  check(reachedUs > startUs, `${label}: playing moves time`);
  const afterPlay = await snapshot(page);
  await seek(page, endUs);
  await seek(page, reachedUs);
  check((await snapshot(page)) === afterPlay, `${label}: seeking back to ${reachedUs} µs shows what playing showed`);
  await page.keyboard.press("Home");
  await settle(page);
  await seek(page, reachedUs);
  check((await snapshot(page)) === afterPlay, `${label}: seeking forward to ${reachedUs} µs shows the same`);
}

async function checkScrub(page: Page, endUs: number): Promise<void> {
  const strip = (await page.locator("#timeline").boundingBox())!;
  const y = strip.y + 10;
  await page.mouse.move(strip.x + strip.width * 0.2, y);
  await page.mouse.down();
  for (let part = 0.2; part <= 0.6; part += 0.02) await page.mouse.move(strip.x + strip.width * part, y);
  await page.mouse.up();
  const scrubbedUs = await shownTime(page);
  const isNear = Math.abs(scrubbedUs / endUs - 0.6) < 0.1;
  check(isNear, `dragging on the timeline scrubs to ${scrubbedUs} µs`);
  const afterScrub = await snapshot(page);
  await page.keyboard.press("Home");
  await settle(page);
  await seek(page, scrubbedUs);
  check((await snapshot(page)) === afterScrub, "seeking shows what scrubbing showed");
}

async function checkKeysAndInspector(page: Page): Promise<void> {
  await page.keyboard.press("Home");
  for (let i = 0; i < 12; i++) await page.keyboard.press("Shift+ArrowRight");
  await settle(page);
  const facts = await page.locator("#inspector-panel dt").count();
  check(facts >= 3, "stepping shows the event in the inspector");
  await page.keyboard.press("n");
  await settle(page);
  check((await page.locator(".story li.current").count()) === 1, "one sentence of the story is lit");
  const before = await shownTime(page);
  await page.keyboard.press("n");
  const after = await shownTime(page);
  check(after >= before, "next interesting event goes forward");
}

mkdirSync(options.out, { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const url = pathToFileURL(pageFile()).href;
for (const size of SIZES) {
  for (const colorScheme of ["light", "dark"] as const) {
    const label = `${size.width}×${size.height} ${colorScheme}`;
    const page = await browser.newPage({ viewport: size, colorScheme });
    page.on("console", (message) => {
      if (message.type() === "error") check(false, `${label}: console says ${message.text()}`);
    });
    page.on("pageerror", (error) => check(false, `${label}: ${error.stack ?? error.message}`));
    page.on("request", (request) => {
      const isLocal = /^(file|data|blob):/.test(request.url());
      if (!isLocal) check(false, `${label}: the page asks the network for ${request.url()}`);
    });
    const openedAt = Date.now();
    await page.goto(url);
    await page.waitForSelector("#stage g.node", { timeout: 60_000 });
    console.log(`     ${label}: open after ${Date.now() - openedAt} ms`);
    await page.keyboard.press("End");
    const endUs = await shownTime(page);
    await checkDrawing(page, label);
    const isMainSize = size === SIZES[0] && colorScheme === "light";
    if (isMainSize) {
      for (const part of [0.05, 0.33, 0.48, 0.7]) {
        await checkSeekEqualsPlay(page, Math.round(endUs * part), endUs, `from ${part * 100} %`);
      }
      await checkScrub(page, endUs);
      await checkKeysAndInspector(page);
    }
    for (const part of [0.2, 0.4, 0.52, 0.7, 0.95]) {
      await seek(page, Math.round(endUs * part));
      await page.screenshot({ path: join(options.out, `${size.width}-${colorScheme}-${part * 100}.png`) });
    }
    await page.close();
  }
}
await browser.close();
console.log(failures.length === 0 ? "The replay page is fine." : `${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;
