// The report of a campaign for other programs: JUnit's XML, Markdown for the page of a CI run, and plain data.
// A test case a finding, and one for the campaign as a whole: thousands of passed seeds would hide the one that counts.

import { describeReached, isNothing, neverReached } from "../../coverage/reached.js";
import type { CampaignReport } from "./merge.js";
import { commandFor } from "./plan.js";
import { formatCount, formatSimulated, missingSentences, nameCampaign, nameSeeds, plural } from "./report-text.js";
import type { SeedKind } from "./results.js";

/** The exit code that a campaign with this report deserves; see `samsa search --help`. */
export function exitCodeOf(report: CampaignReport): 0 | 1 | 3 {
  if (report.findings.length > 0 || report.disagreements.length > 0) return 1;
  return report.complete ? 0 : 3;
}

/** Characters that XML has no way to write become question marks. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    if (code === 0x0a) return "&#10;";
    if (code < 0x20 || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff) return "?";
    return entities[character] ?? character;
  }).join("");
}

export function junitOf(report: CampaignReport): string {
  const suite = `samsa search ${nameCampaign(report.campaign)}`;
  const cases = report.findings.map(({ signature, message, seeds, bredFrom }) => ({
    name: signature,
    failure: `${message}\nSeeds: ${seeds.join(", ")}\n${commandFor(report.campaign, seeds[0]!, bredFrom)}`,
    tag: "failure",
  }));
  for (const { seed, results } of report.disagreements) {
    const failure = results.map(({ kind, digest }) => `${kind} ${digest ?? ""}`).join("\n");
    cases.push({ name: `seed ${seed} ends in one way`, failure, tag: "failure" });
  }
  const missing = missingSentences(report);
  const whole = `${plural(sumOf(report.counts), "seed")}, ${report.counts.idle} of them idle`;
  cases.push({ name: whole, failure: missing.join("\n"), tag: "error" });
  const failures = cases.length - 1;
  const errors = missing.length > 0 ? 1 : 0;
  const attributes = `name="${xml(suite)}" tests="${cases.length}" failures="${failures}" errors="${errors}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes}>`,
    `  <testsuite ${attributes}>`,
    ...cases.map(({ name, failure, tag }) => {
      const open = `    <testcase classname="${xml(suite)}" name="${xml(name)}"`;
      if (failure === "") return `${open}/>`;
      return `${open}><${tag} message="${xml(failure.split("\n")[0]!)}">${xml(failure)}</${tag}></testcase>`;
    }),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

export function markdownOf(report: CampaignReport): string {
  const { campaign, counts, findings, disagreements } = report;
  const { pairs, marks } = report.reached;
  const reached = isNothing(report.reached) ? "" : `; reached ${describeReached(pairs.length, marks.length)}`;
  const kinds = (Object.keys(counts) as SeedKind[]).filter((kind) => counts[kind] > 0 || kind === "passed");
  const lines = [
    `### samsa search: ${nameCampaign(campaign)}`,
    "",
    `${plural(sumOf(counts), "seed")}, ${formatSimulated(report.simulatedMs)} simulated${reached}.`,
    "",
    `| ${kinds.join(" | ")} |`,
    `| ${kinds.map(() => "---:").join(" | ")} |`,
    `| ${kinds.map((kind) => formatCount(counts[kind])).join(" | ")} |`,
    "",
  ];
  if (findings.length > 0) {
    lines.push("| found | seeds | what | again |", "| --- | --- | --- | --- |");
    for (const { signature, message, seeds, bredFrom } of findings) {
      const again = `\`npx ${commandFor(campaign, seeds[0]!, bredFrom)}\``;
      const cells = [signature, `${formatCount(seeds.length)}: ${nameSeeds(seeds)}`, message.split("\n")[0]!, again];
      lines.push(`| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`);
    }
    lines.push("");
  }
  for (const { seed, results } of disagreements) lines.push(`- Seed ${seed} ended in ${results.length} ways.`);
  for (const sentence of missingSentences(report)) lines.push(`- ${sentence}`);
  return `${lines.join("\n").trimEnd()}\n\n`;
}

/** The report as data, with what follows from it. */
export function jsonOf(report: CampaignReport): object {
  const { pairs, marks } = report.reached;
  const reached = { pairs: pairs.length, marks, never: neverReached(report.reached) };
  return { ...report, reached, missing: missingSentences(report), exitCode: exitCodeOf(report) };
}

function sumOf(counts: Readonly<Record<SeedKind, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
