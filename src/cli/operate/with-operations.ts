/** Operators' commands work as a visitor: beside the nodes, on the store itself. See `runtime/visitor.ts`. */
import { userInfo } from "node:os";
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, refOf } from "../../kernel/ids.ts";
import { createOperations } from "../../runtime/create-operations.ts";
import type { Attribution, Operations } from "../../runtime/operations.ts";
import { visitActors, type Visitor } from "../../runtime/visitor.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";
import { steppedActors } from "../histories/definitions.ts";
import { withStore } from "../open-store.ts";

export interface Desk {
  readonly store: PostgresStore;
  readonly operations: Operations;
  readonly visitor: Visitor;
}

export async function withOperations<Answer>(work: (desk: Desk) => Promise<Answer>): Promise<Answer> {
  return await withStore(async (store) => {
    const actors = steppedActors();
    const visitor = visitActors({ store, actors });
    try {
      return await work({ store, visitor, operations: createOperations({ store, actors, ask: visitor.ask }) });
    } finally {
      await visitor.close();
    }
  });
}

/** The actor that an argument names. @throws StatewrightError `USAGE` */
export function actorOf(text: string): ActorRef {
  try {
    if (text.includes("/")) return refOf(text);
  } catch {
    // Said below.
  }
  throw new StatewrightError("USAGE", `An actor is named like order/0199…, not "${text}"`);
}

/** Whoever sits at this machine, with the reason that was given. @throws StatewrightError `USAGE` without one */
export function attribution(reason: string | undefined): Attribution {
  if (reason === undefined || reason.trim() === "") {
    throw new StatewrightError("USAGE", 'Say why: --reason "…". It is kept with what is done.');
  }
  // A number and no name: it stays in the log of events.
  return { who: `cli:${userInfo().uid}`, reason };
}
