/**
 * Verifies a projection: folds it again into tables beside its own and compares the rows. What is in use stays as it
 * is, and goes on meanwhile. Killed, it leaves tables that nobody reads; the next verification throws them away.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { EventLog, StoredEvent } from "../store/store.ts";
import type { RowDifference } from "../store/read-models.ts";
import { explainDifferences } from "./explain.ts";
import type { ProjectionStore } from "./fold.ts";
import type { Projection } from "./projection.ts";
import { ShadowFold } from "./shadow-fold.ts";

/** What the comparison, which sees one moment, may have left to fold. */
const LAST_STEP = 500;
const TRIES = 10;
/** Differences that are answered, each with the event that explains it. */
const MOST = 50;

export interface VerifyOptions {
  readonly store: ProjectionStore & Pick<EventLog, "head">;
  readonly projection: Projection;
  /** Called after each batch. */
  readonly onProgress?: (progress: { readonly position: number; readonly head: number }) => void;
}

export interface Verification {
  /** The checkpoint at which the rows were compared. */
  readonly position: number;
  /** Events that the projection has set aside: what they would change is no difference. */
  readonly parked: number;
  /** How many rows are not what the log says. */
  readonly differing: number;
  /** Some of them. */
  readonly differences: readonly ExplainedDifference[];
}

export interface ExplainedDifference extends RowDifference {
  /** The first event whose doing the stored row does not show; undefined when no event ever made or ended it. */
  readonly event: Pick<StoredEvent, "stream" | "version" | "type" | "position"> | undefined;
}

/**
 * @throws StatewrightError `HISTORY_MISMATCH` when the log cannot be folded at all, naming the event; `OVERLOADED` when
 * the projection runs ahead faster than it is folded again
 */
export async function verifyProjection(options: VerifyOptions): Promise<Verification> {
  const { store, projection: { name, tables } } = options;
  try {
    for (let tries = 1; tries <= TRIES; tries++) {
      const parked = await store.parkedPositions(name);
      const fold = new ShadowFold({ ...options, parked, shadow: await store.beginVerification(name, tables) });
      const compared = await foldAndCompare(options, fold);
      // Whether somebody has set events aside, or tried them again, in between.
      if (compared === undefined || String(compared.parked) !== String(parked)) continue;
      const { position, differing, differences } = compared;
      const events = await explainDifferences({ ...options, parked }, differences, position);
      const explained = differences.map((difference, n) => ({ ...difference, event: events[n] }));
      return { position, parked: parked.length, differing, differences: explained };
    }
  } finally {
    await store.endVerification(name);
  }
  throw new StatewrightError(
    "OVERLOADED",
    `${name} changes faster than it can be verified; try again at a quieter time`,
  );
}

async function foldAndCompare({ store, projection: { name, tables } }: VerifyOptions, fold: ShadowFold) {
  for (let tries = 1; tries <= TRIES; tries++) {
    await fold.run(await store.checkpoint(name));
    const options = { tables, limit: LAST_STEP, most: MOST };
    const compared = await store.compareRows(name, fold.shadow, options, (turn) => fold.apply(turn));
    if (compared !== undefined) return compared;
  }
  return undefined;
}
