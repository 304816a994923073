/** What is asked of Postgres is answered in time, or taken for lost. */
import { type Clock, withDeadline } from "../../kernel/clock.ts";
import type { Query } from "./connection.ts";
import { storeError } from "./failures.ts";

/** Far longer than what is asked outside a transaction takes. */
const ANSWER_WITHIN_MS = 20_000;

/** @throws Error when there is no answer in time; what was asked may be carried out all the same */
export function answered<Answer>(clock: Clock, withinMs: number, answer: PromiseLike<Answer>): Promise<Answer> {
  return withDeadline(clock, withinMs, answer, () => new Error(`no answer within ${withinMs} ms`));
}

/**
 * Statements that give up: when its server is killed, postgres.js 3.4.9 now and then settles a query never, and whoever
 * waits for it would stand still for good.
 */
export function impatient(query: Query, clock: Clock, withinMs: number = ANSWER_WITHIN_MS): Query {
  return async (text, parameters) => {
    try {
      return await answered(clock, withinMs, query(text, parameters));
    } catch (thrown) {
      throw storeError(thrown);
    }
  };
}
