import { FAULTS } from "./weather.ts";

/** What a batch of runs must have come to: a simulation that never gets there proves nothing about it. */
const RARE_PATHS = [
  "two writers met",
  "lost commit settled",
  "request key taken",
  "request key replayed",
  "request repeated",
  "node joined again",
  "work of the dead taken up",
  "claims handed on",
  "claims recalled",
  "snapshot taken",
  "mailbox full",
  "link cut",
  "feed filled again",
  "feed took a message twice",
  "feed ends elsewhere",
  "relay lost its lease",
  "activity tried again",
  "outcome tried again",
  "provider asked again",
  "operator intervened",
  "recorded ActivityFailed",
  "recorded CompensationRetried",
  "recorded CompensationSkipped",
  "recorded InterventionResolved",
  "recorded PaymentVoided",
  "recorded PaymentRefunded",
  "recorded RefundFailed",
  "recorded StockReleased",
  "recorded TimerFired",
  "recorded OrderDelivered",
] as const;

/** Fewer runs than these are not judged. */
export const ENOUGH_RUNS = 300;

/** Those that no run has come to, and the faults that never came. */
export function missedPaths(counts: ReadonlyMap<string, number>, without: readonly string[]): string[] {
  const faults = FAULTS.filter((fault) => !without.includes(fault)).map((fault) => `fault ${fault}`);
  return [...RARE_PATHS, ...faults].filter((path) => !counts.has(path));
}

/** How often each was taken, for people. */
export function describePaths(counts: ReadonlyMap<string, number>): string {
  return RARE_PATHS.map((path) => `  ${String(counts.get(path) ?? 0).padStart(8)}  ${path}`).join("\n");
}
