/**
 * A transaction over several round trips that outlives the end of its connection. postgres.js rejects it at once then,
 * but whatever is asked of it afterwards, its own `rollback` included, is written to a socket that is no more, from a
 * callback of its own: an error that nobody can catch, and the end of the process.
 */
import postgres from "postgres";
import { systemClock } from "../../kernel/clock.ts";
import { type Query, queryOn } from "./connection.ts";
import { answered } from "./deadline.ts";
import { storeError } from "./failures.ts";

/** Servers that can end a transaction have done so by then (`transaction_timeout`); only the word of it was lost. */
const OVER_WITHIN_MS = 65_000;

/**
 * Runs `work` in one transaction. What it throws rolls back and goes on as it is. Once the connection is lost the
 * transaction rejects, and `work` never hears of its statements again.
 * @throws StatewrightError for what the driver throws
 */
export async function inTransaction<Answer>(
  sql: postgres.Sql,
  work: (query: Query) => Promise<Answer>,
): Promise<Answer> {
  const lost = Promise.withResolvers<never>();
  let isLost = false;
  let thrownByWork: { readonly thrown: unknown } | undefined;
  const unlessLost = (thrown: unknown) => {
    if (endsConnection(thrown)) {
      isLost = true;
      lost.reject(thrown);
    }
    if (isLost) return never();
    throw thrown;
  };
  const whole = sql.begin(async (begun) => {
    const ask = queryOn(begun);
    const answer = await work((text, parameters) => isLost ? never() : ask(text, parameters).catch(unlessLost))
      .catch((thrown: unknown) => {
        thrownByWork = { thrown };
        return unlessLost(thrown);
      });
    // Not `commit` either.
    return isLost ? await never() : answer;
  });
  try {
    return await answered(systemClock, OVER_WITHIN_MS, Promise.race([whole, lost.promise])) as Answer;
  } catch (thrown) {
    if (!isLost && thrownByWork) throw thrownByWork.thrown;
    isLost = true;
    throw storeError(thrown);
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

/** A session that is shut down, or has idled for too long, says so before it goes. */
const FAREWELL = /^(57P|25P0[34])/;
const NO_CONNECTION = /^(CONNECTION_|ECONN|EPIPE|ETIMEDOUT)/;

function endsConnection(thrown: unknown): boolean {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  if (!(cause instanceof Error && "code" in cause)) return false;
  return (cause instanceof postgres.PostgresError ? FAREWELL : NO_CONNECTION).test(String(cause.code));
}
