/** Nodes of this very process over a real Postgres: one database a test file, new nodes a test. */
import { afterAll, afterEach, beforeAll } from "vitest";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { ProposalOptions, Receipt } from "../../src/runtime/receipt.ts";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/runtime/runtime.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import { types } from "./histories.ts";
import { freshDatabase, type TestDatabase } from "./postgres.ts";
import { severable } from "./severable-store.ts";
import { call, type Look, look } from "./toy-calls.ts";

export interface ToyNode {
  readonly runtime: Runtime;
  /** @param actor `gate/a` */
  tell(actor: string, event: MachineEvent | string, options?: ProposalOptions): Promise<Receipt>;
  look(actor: string): Promise<Look | null>;
  /** As if its process had died at this moment. */
  crash(): void;
  /** Tells the actor something, and dies once that is stored, before anybody has heard of it. */
  tellAndCrash(actor: string, event: MachineEvent | string): Promise<void>;
}

export interface PostgresNodes {
  database(): TestDatabase;
  store(): PostgresStore;
  start(actors: readonly ActorDefinition[], options?: Partial<RuntimeOptions>): Promise<ToyNode>;
  /** An actor's history. */
  history(actor: string): Promise<StoredEvent[]>;
  types(actor: string): Promise<string[]>;
  /** The kinds of the effects that an actor waits for, and what they are. */
  open(actor: string): Promise<{ effect: string; kind: string; what: string }[]>;
}

/** To be called once, at the top of a test file. */
export function usePostgresNodes(): PostgresNodes {
  let database: TestDatabase;
  let store: PostgresStore;
  const running = new Set<Runtime>();

  beforeAll(async () => {
    database = await freshDatabase();
    store = await openPostgresStore({ url: database.url });
  });
  afterEach(async () => {
    await Promise.all([...running].map((runtime) => runtime.stop(0)));
    running.clear();
    // What a test has left under way is not the next one's to take up.
    await database.query("delete from waiting");
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const history = (actor: string) => store.read(actor, { limit: 10_000 });
  return {
    database: () => database,
    store: () => store,
    async start(actors, options = {}) {
      const line = severable(options.store ?? store);
      const runtime = createRuntime({ actors, nodeId: "one", ...options, store: line.store });
      running.add(runtime);
      await runtime.start();
      const tell: ToyNode["tell"] = (actor, event, options) =>
        call(runtime, {
          actor,
          event: typeof event === "string" ? { type: event } : event,
          ...(options && { options }),
        });
      return {
        runtime,
        tell,
        async tellAndCrash(actor, event) {
          running.delete(runtime);
          const stored = line.severAfterAppendTo(actor);
          void tell(actor, event);
          await stored;
        },
        look: (actor) => look(runtime, actor),
        crash() {
          running.delete(runtime);
          line.sever();
        },
      };
    },
    history,
    types: async (actor) => types(await history(actor)),
    async open(actor) {
      const row = await store.waiting(actor);
      return row === undefined ? [] : JSON.parse(row.open) as { effect: string; kind: string; what: string }[];
    },
  };
}
