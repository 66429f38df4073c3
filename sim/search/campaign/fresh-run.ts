// A process that runs one trial and nothing else: its digest is compared with that of a process long warm.

import { readFileSync } from "node:fs";
import { runHere, type FreshRunRequest } from "./variants.js";

const { trial, withDraws } = JSON.parse(readFileSync(0, "utf8")) as FreshRunRequest;
process.stdout.write(JSON.stringify(runHere(trial, { wire: "objects" }, withDraws)));
