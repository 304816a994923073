import type { AppendRun, RunResult, Store } from "../../src/store/store.ts";

/** A store, and what a test has to be able to do around it. */
export interface StoreUnderTest {
  readonly store: Store;
  /** The same data through another process's store. */
  readonly other: Store;
  /** Lets time pass for the store's clock. */
  passTime(byMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/** The store of the test that runs. */
export type Subject = () => StoreUnderTest;

export const HOUR_MS = 3_600_000;
export const CONFLICT = { outcome: "conflict" };
export const APPENDED = { outcome: "appended" };

/** Appends by a node that never joined. */
export function appender(subject: Subject): (...runs: AppendRun[]) => Promise<RunResult[]> {
  return (...runs) => subject().store.append(1, runs);
}
