/** What becomes of those whose run was not stored: some are answered, the others come again. */
import { StatewrightError } from "../kernel/errors.ts";
import type { Entry, ProposalEntry, Run, RunEntry } from "./run.ts";

const MAX_TRIES = 16;

/** After a conflict: all, but for those who have met one again and again. */
export function withoutTheHapless(entries: readonly Entry[], stream: string): Entry[] {
  return entries.filter((entry) => {
    // Whoever wrote meanwhile may have been told the same.
    if (entry.kind === "proposal") entry.lookedUp = false;
    if (++entry.tries <= MAX_TRIES) return true;
    entry.reject(new StatewrightError("UNAVAILABLE", `${stream} is written by another node all the time; try again`));
    return false;
  });
}

/** When a run's request key was taken: all but the one that it belongs to. @param answer tells that one */
export function withoutTheLate(
  run: Run,
  entries: readonly RunEntry[],
  answer: (entry: ProposalEntry) => void,
): Entry[] {
  return entries.filter((one) => {
    const { entry } = one;
    if (entry.kind !== "proposal" || entry.proposal.requestKey === undefined || !run.entries.includes(one)) return true;
    answer(entry);
    return false;
  }).map(({ entry }) => entry);
}

/** When the store cannot keep a run: all but the guilty one. Of several, each has to go alone to find out which it is. */
export function withoutTheGuilty(run: Run, entries: readonly RunEntry[], error: StatewrightError): Entry[] {
  const again: Entry[] = [];
  for (const one of entries) {
    const { entry, state } = one;
    if (!run.entries.includes(one)) again.push(entry);
    else if (state === undefined || run.events.length > 1) again.push(Object.assign(entry, { alone: true }));
    else entry.reject(error);
  }
  return again;
}
