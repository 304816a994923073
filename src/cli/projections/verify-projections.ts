/** `statewright projections verify`: are the rows what the log says? */
import { systemClock as clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Projection } from "../../projection/projection.ts";
import { type ExplainedDifference, type Verification, verifyProjection } from "../../projection/verify.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";
import { print } from "../command-line.ts";

/** How often a projection says how far it is, at most. */
const SAY_EVERY_MS = 1_000;

/**
 * Verifies one projection after the other, and prints each row that is not what the log says.
 * @throws StatewrightError `HISTORY_MISMATCH` when there is one
 */
export async function verifyProjections(
  store: PostgresStore,
  projections: readonly Projection[],
  json: boolean,
): Promise<void> {
  const differing: string[] = [];
  for (const projection of projections) {
    const { name: projectionName } = projection;
    const verified = await verifyProjection({ store, projection, onProgress: tellProgress(projection, json) });
    await print(
      json ? JSON.stringify({ projection: projectionName, ...verified, done: true }) : asText(projectionName, verified),
    );
    if (verified.differing > 0) differing.push(projectionName);
  }
  if (differing.length === 0) return;
  throw new StatewrightError(
    "HISTORY_MISMATCH",
    `Not what the log says: ${differing.join(", ")}. To make one anew: projections rebuild ${differing[0]}`,
  );
}

/** Says how far a projection is that is folded again, once a second. */
export function tellProgress({ name }: Projection, json: boolean) {
  let said = clock.now();
  return ({ position, head }: { readonly position: number; readonly head: number }): void => {
    if (clock.now() - said < SAY_EVERY_MS) return;
    said = clock.now();
    void print(json ? JSON.stringify({ projection: name, position, head }) : `${name}: ${position} of ${head}`);
  };
}

function asText(name: string, { position, parked, differing, differences }: Verification): string {
  const aside = parked === 0
    ? ""
    : ` ${parked} parked events are left out; projections redrive ${name} tries them again.`;
  if (differing === 0) return `${name} is what the log says, up to position ${position}.${aside}`;
  const left = differing - differences.length;
  return [
    `${name}: ${differing} ${
      differing === 1 ? "row is" : "rows are"
    } not what the log says up to position ${position}.${aside}`,
    ...differences.map(differenceText),
    ...left > 0 ? [`… and ${left} more`] : [],
  ].join("\n");
}

function differenceText({ table, key, stored, folded, event }: ExplainedDifference): string {
  const why = event === undefined
    ? "no event explains it: nothing in the log ever made this row"
    : `does not show ${event.stream}/${event.version} ${event.type} (position ${event.position})`;
  return [
    `✘ ${table} ${key}: ${why}`,
    `    stored  ${stored ?? "no such row"}`,
    `    folded  ${folded ?? "no such row"}`,
  ].join("\n");
}
