/** The one connection that appends, and what has to happen before it may be replaced by another. */
import type postgres from "postgres";
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Statement } from "./append-columns.ts";
import { answered } from "./deadline.ts";
import { failureOf } from "./failures.ts";

export interface AppendConnection {
  /** Sends one append and answers its row, if any. When it was cut off, the next one goes over a new connection. */
  send(statement: Statement): Promise<Record<string, unknown> | undefined>;
  close(): Promise<void>;
}

/** Longer than the server itself lets an append last. */
const ANSWER_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 8_000;

/** Plans of the append functions are made once and by index, whatever the tables' sizes were when they were made. */
export const APPEND_SETTINGS = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
};

/** Opens a client of one connection under an application name; `onLost` is called when its connection ends. */
export type Connect = (applicationName: string, onLost: () => void) => postgres.Sql;

interface Session {
  readonly name: string;
  readonly sql: postgres.Sql;
  /** True once it is connected and whatever came before it is over. */
  ready: boolean;
}

export function createAppendConnection(connect: Connect, clock: Clock): AppendConnection {
  let current = open();
  /** Sessions that were cut off while they appended, and may be at it still. */
  const cutOff = new Set<string>();

  function open(): Session {
    const name = `statewright append ${newId().slice(-12)}`;
    const session: Session = { name, ready: false, sql: connect(name, () => session.ready = false) };
    return session;
  }

  function replace(session: Session): void {
    if (session === current) current = open();
    void session.sql.end({ timeout: 0 }).catch(() => {});
  }

  async function prepare(session: Session): Promise<void> {
    const names = [...cutOff];
    await answered(clock, CONNECT_TIMEOUT_MS, endSessions(session.sql, names));
    await answered(clock, CONNECT_TIMEOUT_MS, session.sql`select catch_up_positions()`);
    for (const name of names) cutOff.delete(name);
    session.ready = true;
  }

  return {
    async send({ text, parameters }) {
      const session = current;
      if (!session.ready) {
        await prepare(session).catch((thrown: unknown) => {
          if (failureOf(thrown) === "unknown") replace(session);
          throw notReached(thrown);
        });
      }
      try {
        const answer = session.sql.unsafe(text, [...parameters], { prepare: true });
        const [row] = await answered(clock, ANSWER_TIMEOUT_MS, answer);
        return row;
      } catch (thrown) {
        if (failureOf(thrown) === "unknown") {
          cutOff.add(session.name);
          replace(session);
        }
        throw thrown;
      }
    },
    close: () => current.sql.end({ timeout: 2 }),
  };
}

/**
 * Connects, and ends what is left of earlier sessions. Otherwise a request that hung in the network could be carried
 * out after its repetition, and put an old waiting row back.
 */
async function endSessions(sql: postgres.Sql, names: readonly string[]): Promise<void> {
  const ended = await sql`
    select pg_terminate_backend(pid, 3000) as gone from pg_stat_activity
    where application_name = any(string_to_array(${names.join(",")}, ','))`;
  if (ended.some(({ gone }) => gone !== true)) {
    throw new StatewrightError("UNAVAILABLE", "The database still carries out an append that was cut off; try again");
  }
}

/** Whatever failed, no append was sent. */
function notReached(thrown: unknown): unknown {
  if (failureOf(thrown) !== "unknown") return thrown;
  return new StatewrightError("UNAVAILABLE", "The database does not answer; try again", { cause: thrown });
}
