// The replay page in a real browser: `tsx test/browser/replay.ts [--html FILE] [--trace FILE] [--built FILE] [--out FOLDER]`.
// Opens the page at several sizes, small screens among them, and checks that it draws, that nothing is logged as an error or fetched from a
// network, that no text on the stage covers another, be it ever so crowded, that nodes can be picked and internal
// topics opened, and that seeking to a moment shows exactly what playing to it shows. Saves pictures to the folder.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "fflate";
import { chromium, type Browser, type Page } from "playwright-core";
import { embedTrace } from "../../visualizer/embed.js";
import { crowdedRun } from "../visualizer/crowded-trace.js";
import { syntheticRun, traceText, type SyntheticRun } from "../visualizer/synthetic-trace.js";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 900, height: 700 },
  { width: 640, height: 800 },
  { width: 390, height: 800 },
];
/** Up to here panels lie below one another, and the page scrolls down. */
const STACKED_WIDTH = 899;

type Size = (typeof SIZES)[number];
type Scheme = "light" | "dark";

const { values: options } = parseArgs({
  options: {
    html: { type: "string" },
    trace: { type: "string" },
    built: { type: "string", default: fileURLToPath(new URL("../../dist/visualizer/index.html", import.meta.url)) },
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
  return embeddedPage(
    "replay.html",
    options.trace === undefined ? bytesOf(syntheticRun()) : readFileSync(options.trace),
  );
}

/** Writes the built page with a trace inside. */
function embeddedPage(name: string, trace: Uint8Array): string {
  const packed = trace[0] === 0x1f ? trace : gzipSync(trace, { level: 6 });
  const file = join(options.out, name);
  writeFileSync(file, embedTrace(readFileSync(options.built, "utf8"), Buffer.from(packed).toString("base64")));
  return file;
}

function bytesOf(run: SyntheticRun): Uint8Array {
  return new TextEncoder().encode(traceText(run));
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
    fits: {
      across: document.documentElement.scrollWidth <= innerWidth,
      down: document.documentElement.scrollHeight <= innerHeight,
    },
  }));
  check(links > 0, `${label}: the stage draws ${links} links`);
  check(canvases > 0, `${label}: the logs panel draws ${canvases} partitions`);
  check(fits.across, `${label}: the page needs no scroll bar at its bottom`);
  const isStacked = page.viewportSize()!.width <= STACKED_WIDTH;
  check(fits.down || isStacked, `${label}: the page needs no scroll bar at its side`);
}

/** Texts of the stage may touch, not cover each other; those of a node stay on its card. */
async function checkTexts(page: Page, label: string): Promise<void> {
  const wrong = await page.evaluate(() => {
    const slack = 2;
    const found: string[] = [];
    const texts = [...document.querySelectorAll("#stage text")]
      .filter((text) => text.textContent !== "")
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect(), node: text.closest("g.node") }));
    texts.forEach(({ text, box, node }, i) => {
      for (const other of texts.slice(i + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (across > slack && down > slack) found.push(`“${text}” and “${other.text}”`);
      }
      const card = node?.querySelector("rect.card")?.getBoundingClientRect();
      const isInside = card === undefined || (box.left >= card.left && box.right <= card.right);
      if (!isInside) found.push(`“${text}” and the edge of its card`);
    });
    return found;
  });
  check(wrong.length === 0, `${label}: no text on the stage covers another ${wrong.slice(0, 4).join(", ")}`.trimEnd());
}

/** Cards and the legend keep apart; clock, claims and the story's times are inside the window. */
async function checkPlaces(page: Page, label: string): Promise<void> {
  const wrong = await page.evaluate(() => {
    const solid = ["#stage g.node rect.card", "#legend", "#player", "#side"].flatMap((selector) =>
      [...document.querySelectorAll(selector)].map((element) => ({ selector, box: element.getBoundingClientRect() })),
    );
    const covered = solid.flatMap(({ selector, box }, i) =>
      solid
        .slice(i + 1)
        .filter(({ box: other }) => {
          const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
          const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
          return across > 0.5 && down > 0.5;
        })
        .map((other) => `${selector} and ${other.selector}`),
    );
    const cut = [".clock", ".chip", ".story time", "#controls .speed"].filter((selector) =>
      [...document.querySelectorAll(selector)].some((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width === 0 || left < 0 || right > innerWidth;
      }),
    );
    return [...covered, ...cut.map((selector) => `${selector} is cut off`)];
  });
  check(wrong.length === 0, `${label}: nothing is covered or cut off ${wrong.slice(0, 4).join(", ")}`.trimEnd());
}

/** A node that is clicked is shown in the inspector, at every moment; one of its events leads back to the event. */
async function checkPickingNodes(page: Page): Promise<void> {
  const broker = page.locator("#stage g.node.broker").first();
  await broker.click();
  await settle(page);
  const name = await broker.locator("text.name").textContent();
  const title = page.locator("#inspector-panel h2");
  check((await title.textContent()) === name, `clicking ${name} shows it in the inspector`);
  check((await page.locator("#stage g.node.picked").count()) === 1, "the picked node is marked on the stage");
  const terms = await page.locator("#inspector-panel dt").allTextContents();
  check(terms.includes("leads") && terms.includes("broker epoch"), `its facts are told: ${terms.join(", ")}`);
  await page.locator("#inspector-panel ol button").first().click();
  await settle(page);
  check((await page.locator("#stage g.node.picked").count()) === 0, "one of its events leads to that event");
}

/** Internal topics open as small lanes, of which only those in sight are drawn. */
async function checkInternalTopics(page: Page, label: string, out: string): Promise<void> {
  const toggle = page.locator(".internal-toggle");
  if (await toggle.isHidden()) return;
  await toggle.click();
  await settle(page);
  await page
    .locator("#logs-panel")
    .evaluate((panel) => panel.scrollTo(0, panel.querySelector<HTMLElement>(".internal-toggle")!.offsetTop - 40));
  await page.waitForTimeout(150);
  await settle(page);
  const { all, written } = await page.evaluate(() => ({
    all: document.querySelectorAll(".compact section").length,
    written: document.querySelectorAll(".compact section header b").length,
  }));
  check(all > 0 && written > 0, `${label}: ${written} of ${all} internal partitions are in sight and drawn`);
  await page.screenshot({ path: out });
  await toggle.click();
  await settle(page);
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

/** Opens a page that reports what it logs, asks for or fails at. */
async function openPage(browser: Browser, url: string, size: Size, colorScheme: Scheme, label: string): Promise<Page> {
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
  return page;
}

/** Looks at a few moments: no text covers another; saves a picture of each. */
async function lookAround(page: Page, parts: readonly number[], endUs: number, label: string, name: string) {
  for (const part of parts) {
    await seek(page, Math.round(endUs * part));
    await checkTexts(page, `${label} at ${Math.round(part * 100)} %`);
    await page.screenshot({ path: join(options.out, `${name}-${Math.round(part * 100)}.png`) });
  }
}

mkdirSync(options.out, { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const url = pathToFileURL(pageFile()).href;
for (const size of SIZES) {
  for (const colorScheme of ["light", "dark"] as const) {
    const label = `${size.width}×${size.height} ${colorScheme}`;
    const page = await openPage(browser, url, size, colorScheme, label);
    await page.keyboard.press("End");
    const endUs = await shownTime(page);
    await checkDrawing(page, label);
    await checkPlaces(page, label);
    const isMainSize = size === SIZES[0] && colorScheme === "light";
    if (isMainSize) {
      for (const part of [0.05, 0.33, 0.48, 0.7]) {
        await checkSeekEqualsPlay(page, Math.round(endUs * part), endUs, `from ${part * 100} %`);
      }
      await checkScrub(page, endUs);
      await checkKeysAndInspector(page);
    }
    await lookAround(page, [0.2, 0.4, 0.52, 0.7, 0.95], endUs, label, `${size.width}-${colorScheme}`);
    if (isMainSize) await checkPickingNodes(page);
    await checkInternalTopics(page, label, join(options.out, `${size.width}-${colorScheme}-internal.png`));
    await page.close();
  }
}
const crowded = pathToFileURL(embeddedPage("crowded.html", bytesOf(crowdedRun()))).href;
for (const size of SIZES) {
  const label = `crowded ${size.width}×${size.height}`;
  const page = await openPage(browser, crowded, size, "light", label);
  await page.keyboard.press("End");
  await checkPlaces(page, label);
  await lookAround(page, [0.1, 0.6, 1], await shownTime(page), label, `crowded-${size.width}`);
  await page.close();
}
await browser.close();
console.log(failures.length === 0 ? "The replay page is fine." : `${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;
