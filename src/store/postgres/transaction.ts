/**
 * A transaction over several round trips that outlives the end of its connection. postgres.js rejects it at once then,
 * but whatever is asked of it afterwards, its own `rollback` included, is written to a socket that is no more, from a
 * callback of its own: an error that nobody can catch, and the end of the process.
 */
import postgres from "postgres";
import { type Query, queryOn } from "./connection.ts";
import { failureOf, storeError } from "./failures.ts";

/**
 * Runs `work` in one transaction. What it throws rolls back and goes on as it is. Once the connection is lost the
 * transaction rejects, and `work` never hears of its statements again.
 * @throws StatewrightError for what the driver throws
 */
export async function inTransaction<Answer>(
  sql: postgres.Sql,
  work: (query: Query) => Promise<Answer>,
): Promise<Answer> {
  let lost = false;
  let thrownByWork: { readonly thrown: unknown } | undefined;
  const unlessLost = (thrown: unknown) => {
    lost ||= endsConnection(thrown);
    if (lost) return new Promise<never>(() => {});
    throw thrown;
  };
  try {
    return await sql.begin(async (begun) => {
      const ask = queryOn(begun);
      const answer = await work((text, parameters) =>
        lost ? new Promise<never>(() => {}) : ask(text, parameters).catch(unlessLost)
      ).catch((thrown: unknown) => {
        thrownByWork = { thrown };
        return unlessLost(thrown);
      });
      // Not `commit` either.
      return lost ? await new Promise<never>(() => {}) : answer;
    }) as Answer;
  } catch (thrown) {
    if (!lost && thrownByWork) throw thrownByWork.thrown;
    lost = true;
    throw storeError(thrown);
  }
}

/** A session that is shut down says so before it goes (57P01 to 57P03). */
function endsConnection(thrown: unknown): boolean {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  if (cause instanceof postgres.PostgresError) return cause.code.startsWith("57P");
  return cause instanceof Error && "code" in cause && failureOf(cause) === "unknown";
}
