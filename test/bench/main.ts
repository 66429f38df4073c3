// npm run bench: the numbers Samsa promises, each measured here and now, as ratios of one run where a ratio says more.
// Tests do not time things; this does. `npm run bench -- NAME …` runs some of them; `--json` prints JSON. Each line ends
// with what the machine was worth at that moment (yardstick.ts), 1 being the one the absolute numbers are promised for.

import { kernelBench } from "./kernel.js";
import { bootBench, idleBench, loadedBench, throughputBench } from "./cluster.js";
import { collectGarbage, type Measurement } from "./measurement.js";
import { checkersBench, seedsBench, shrinkBench } from "./search.js";
import { switchesBench } from "./switches.js";
import { coreModelsBench, publishedModelsBench } from "./models.js";
import { bareRate } from "./yardstick.js";
import { faultyMinuteBench, hourBench, tracingBench } from "./runs.js";

const BENCHES: Readonly<Record<string, () => readonly Measurement[] | Promise<readonly Measurement[]>>> = {
  kernel: kernelBench,
  loaded: loadedBench,
  boot: bootBench,
  throughput: throughputBench,
  idle: idleBench,
  faults: faultyMinuteBench,
  tracing: tracingBench,
  hour: hourBench,
  seeds: seedsBench,
  shrink: shrinkBench,
  checkers: checkersBench,
  switches: switchesBench,
  models: publishedModelsBench,
  "core-models": coreModelsBench,
};

const args = process.argv.slice(2);
const asJson = args.includes("--json");
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  process.stderr.write(`No bench is called ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}.\n`);
  process.exit(2);
}
/** Events of the yardstick before each bench: about a quarter of a second. */
const YARDSTICK_EVENTS = 1_000_000;
/** What the bare heap does a second on the machine for which the absolute numbers are promised. */
const PROMISED_FOR = 6_500_000;

const results: (Measurement & { readonly machine: number })[] = [];
bareRate(YARDSTICK_EVENTS);
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
  collectGarbage();
  const machine = bareRate(YARDSTICK_EVENTS) / PROMISED_FOR;
  for (const measurement of await BENCHES[name]!()) {
    results.push({ ...measurement, machine });
    if (asJson) continue;
    const { value, unit, promised, met, detail } = measurement;
    const number = value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
    const line = `${met ? "✓" : "✗"} ${measurement.name}: ${number} ${unit} (promised: ${promised})`;
    const further = detail === undefined ? "" : ` — ${detail}`;
    process.stdout.write(`${line}${further}; machine ${machine.toFixed(2)}\n`);
  }
}
if (asJson) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
