// Seconds: simulated time as stories write it. One rule for the command line and the replay page, so that both name
// the same moment of the same event.

/** Simulated time in seconds, rounded to the millisecond: "1.857". */
export function secondsText(timeUs: number): string {
  return (timeUs / 1_000_000).toFixed(3);
}
