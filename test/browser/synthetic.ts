// Writes the made-up run as a trace file: tsx test/browser/synthetic.ts out.jsonl [rounds]

import { writeFileSync } from "node:fs";
import { syntheticRun, traceText } from "../visualizer/synthetic-trace.js";

writeFileSync(process.argv[2] ?? "synthetic.jsonl", traceText(syntheticRun(Number(process.argv[3] ?? 120))));
