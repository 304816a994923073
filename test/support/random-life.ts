/**
 * A node with toys over a store in memory, on a clock that stands still: tests let time pass, tell it things, and let
 * it crash at any moment, also in the middle of an append.
 */
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import type { Activity, ActorDefinition } from "../../src/runtime/definition.ts";
import { NonRetryableError } from "../../src/runtime/activities.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { createMortalStore } from "./mortal-store.ts";
import { severable } from "./severable-store.ts";
import { type Call, call } from "./toy-calls.ts";

/** What comes of the work that the next activity stands for. */
export type Work = "succeeds" | "fails" | "hangs";

export type Happening =
  | { readonly kind: "told"; readonly call: Call }
  | { readonly kind: "time"; readonly ms: number }
  | { readonly kind: "work"; readonly next: Work }
  /** At once, or around the n-th append of the next life. A new life begins at once. */
  | { readonly kind: "crash"; readonly death?: { readonly moment: "before" | "after"; readonly append: number } };

export interface Life {
  readonly store: Store;
  runtime(): Runtime;
  happen(happening: Happening): Promise<void>;
  /** A life in which nothing hangs, until all is at rest. */
  rest(): Promise<void>;
  end(): Promise<void>;
}

/** @param toys makes the definitions, given the work of their activities */
export async function beginLife(toys: (work: Activity) => ActorDefinition[]): Promise<Life> {
  const clock = createManualClock(1_000);
  const memory = createMemoryStore({ clock });
  let work: Work = "succeeds";
  let done = 0;
  const actors = toys({
    retry: { attempts: 2, backoffMs: 5 },
    run() {
      if (work === "hangs") return new Promise(() => {});
      if (work === "fails") return Promise.reject(new NonRetryableError(`failed ${done}`));
      return Promise.resolve({ done: ++done });
    },
  });
  let runtime: Runtime;
  let sever: () => void;
  let dead = false;

  async function start(death?: { moment: "before" | "after"; append: number }): Promise<void> {
    const line = severable(memory);
    // Who dies in an append hears nothing of it, and nothing more at all.
    const store = createMortalStore(line.store, death, () => {
      line.sever();
      dead = true;
      throw new Error("dead");
    });
    sever = line.sever;
    dead = false;
    runtime = createRuntime({ store, actors, clock, random: () => 0.5, nodeId: "one" });
    await runtime.start();
    await settle();
  }

  /** Everything that needs no time. */
  async function settle(): Promise<void> {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  await start();
  return {
    store: memory,
    runtime: () => runtime,
    async happen(happening) {
      if (happening.kind === "told") void call(runtime, happening.call).catch(() => {});
      else if (happening.kind === "time") clock.advance(happening.ms);
      else if (happening.kind === "work") work = happening.next;
      else {
        sever();
        await start(happening.death);
      }
      await settle();
      if (dead) await start();
    },
    async rest() {
      work = "succeeds";
      sever();
      await start();
      for (let i = 0; i < 40; i++) {
        clock.advance(50);
        await settle();
      }
    },
    async end() {
      sever();
      await settle();
    },
  };
}
