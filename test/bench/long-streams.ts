/** What an actor's next command costs when its node has not met it yet, by the length of its history. */
import { newId } from "../../src/kernel/ids.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import type { PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { type Figure, median } from "./figures.ts";
import { counter } from "./parcel.ts";
import type { BenchServer } from "./server.ts";

const LONG = 10_000;
const SHORT = 10;
/** Each command is the first one on a runtime of its own, which has met nobody; the two lengths take turns. */
const COMMANDS = 300;

export async function longStreamFigures(server: BenchServer): Promise<Figure[]> {
  return await server.withRuntime([counter], async (runtime, store) => {
    await count(runtime, "long", LONG);
    await count(runtime, "short", SHORT);
    const times = { long: [] as number[], short: [] as number[] };
    for (let i = 0; i < COMMANDS; i++) {
      // So that "short" stays short.
      const short = `short${i}`;
      await count(runtime, short, SHORT);
      times.short.push(await firstCommand(store, short));
      times.long.push(await firstCommand(store, "long"));
    }
    return [{
      name: "long-stream",
      value: median(times.long) / median(times.short),
      unit: `× a stream of ${SHORT}`,
      floor: 2,
      aim: 1.5,
      better: "lower",
    }];
  });
}

async function count(runtime: Runtime, id: string, events: number): Promise<void> {
  const actor = runtime.actor("counter", id);
  await actor.propose({ type: "CounterSet" });
  for (let made = 1; made < events; made += 500) {
    const some = Array.from({ length: Math.min(500, events - made) }, () => COUNTED);
    await Promise.all(some.map((event) => actor.propose(event, { messageId: newId() })));
  }
}

const COUNTED = { type: "Counted", by: 1 } as { type: string };

/** Milliseconds until the receipt. */
async function firstCommand(store: PostgresStore, id: string): Promise<number> {
  const runtime = createRuntime({ store, actors: [counter], nodeId: newId() });
  await runtime.start();
  const startedAt = performance.now();
  await runtime.actor("counter", id).propose(COUNTED, { messageId: newId() });
  const took = performance.now() - startedAt;
  await runtime.stop(0);
  return took;
}
