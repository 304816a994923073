/** The two ways to append a group, each one call of the database. */
import type { AppendRun, RunResult } from "../store.ts";
import { type AppendCall, appendResults, appendStatement } from "./append-call.ts";
import type { Statement } from "./append-columns.ts";
import type { AppendConnection } from "./append-connection.ts";
import { codeOf } from "./failures.ts";
import { quickResults, quickStatement } from "./quick-append.ts";

export interface AppendCalls {
  /** Stores all or nothing; undefined when nothing was stored because `careful` has to look at each run. */
  quick(call: AppendCall, runs: readonly AppendRun[]): Promise<RunResult[] | undefined>;
  /** Leaves out what conflicts, and knows what an earlier try of the same call has stored. */
  careful(call: AppendCall, runs: readonly AppendRun[]): Promise<RunResult[]>;
  close(): Promise<void>;
}

/** Somebody else has the version, or the request key. */
const UNIQUE_VIOLATION = "23505";

export function createAppendCalls(connection: AppendConnection): AppendCalls {
  async function sendQuick(statement: Statement): Promise<Record<string, unknown> | undefined> {
    try {
      return await connection.send(statement);
    } catch (thrown) {
      if (codeOf(thrown) === UNIQUE_VIOLATION) return undefined;
      throw thrown;
    }
  }

  return {
    async quick(call, runs) {
      const statement = quickStatement(call, runs);
      const row = statement && await sendQuick(statement);
      return row && quickResults(row, runs);
    },
    async careful(call, runs) {
      const row = await connection.send(appendStatement(call, runs));
      return appendResults(row!, runs);
    },
    close: () => connection.close(),
  };
}
