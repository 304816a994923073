/** Figures about single transitions. */
import { newId } from "../../src/kernel/ids.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { type Figure, median, percentile } from "./figures.ts";
import { counter, LIFE, parcel } from "./parcel.ts";
import type { BenchServer } from "./server.ts";
import { naive, rawInsert } from "./yardsticks.ts";

const ROUNDS = 5;
const OPEN_LOOP_PER_S = 9_000;
const OPEN_LOOP_S = 4;

/** `concurrency` parcels at once, each through its life, one event after the other. Answers transitions/s. */
export async function closedLoop(runtime: Runtime, concurrency: number, total: number): Promise<number> {
  let left = total;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (left > 0) {
      const parcel = runtime.actor("parcel", newId());
      for (const event of LIFE) {
        if (left-- <= 0) return;
        await propose(parcel, event);
      }
    }
  }));
  return total / (performance.now() - startedAt) * 1_000;
}

async function propose(actor: ReturnType<Runtime["actor"]>, event: MachineEvent): Promise<void> {
  const receipt = await actor.propose(event, { messageId: newId() });
  if (receipt.outcome !== "accepted") {
    throw new Error(`The bench's own event was not accepted: ${JSON.stringify(receipt)}`);
  }
}

export async function transitionFigures(server: BenchServer): Promise<Figure[]> {
  const shares = new Map<string, number[]>();
  const note = (name: string, value: number) => void shares.set(name, [...shares.get(name) ?? [], value]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const concurrency of [64, 512]) {
      const total = concurrency * 100;
      const raw = await server.withSql(1, (sql) => rawInsert(sql, concurrency, total));
      const { ours, cpuUs } = await server.withRuntime([parcel], async (runtime) => {
        await closedLoop(runtime, concurrency, concurrency * 6);
        const before = server.cpuUs();
        const ours = await closedLoop(runtime, concurrency, total);
        return { ours, cpuUs: (server.cpuUs() - before) / total };
      });
      note(`transitions-share-${concurrency}`, ours / raw);
      if (concurrency === 512) note("cpu", cpuUs);
      if (concurrency === 64) {
        const byHand = await server.withSql(10, (sql) => naive(sql, 64, 6_000));
        note("vs-naive-64", ours / byHand.perSecond);
      }
    }
    const alone = await server.withSql(1, (sql) => naive(sql, 1, 1_500));
    note(
      "vs-naive-1",
      await server.withRuntime([parcel], (runtime) => closedLoop(runtime, 1, 1_500)) / alone.perSecond,
    );
    note("hot", await server.withRuntime([counter], hotActor) / alone.perSecond);
    const latencies = await server.withRuntime([parcel], openLoop);
    note("p50", median(latencies) / median(alone.latenciesMs));
    note("p99", percentile(latencies, 0.99) / percentile(alone.latenciesMs, 0.99));
  }
  const of = (name: string) => median(shares.get(name)!);
  return [
    {
      name: "transitions-share-64",
      value: of("transitions-share-64"),
      unit: "of a raw insert",
      floor: 0.25,
      aim: 0.5,
      better: "higher",
    },
    {
      name: "transitions-share-512",
      value: of("transitions-share-512"),
      unit: "of a raw insert",
      floor: 0.35,
      aim: 0.65,
      better: "higher",
    },
    { name: "vs-naive-64", value: of("vs-naive-64"), unit: "× by hand", floor: 3, aim: 6, better: "higher" },
    { name: "vs-naive-1", value: of("vs-naive-1"), unit: "× by hand", floor: 0.9, aim: 0.95, better: "higher" },
    { name: "cpu-us-per-transition", value: of("cpu"), unit: "µs", floor: 45, aim: 22, better: "lower" },
    { name: "open-loop-p50", value: of("p50"), unit: "× one naive commit", floor: 2, aim: 1.5, better: "lower" },
    { name: "open-loop-p99", value: of("p99"), unit: "× one naive commit", floor: 4, aim: 2, better: "lower" },
    { name: "hot-actor", value: of("hot"), unit: "× by hand", floor: 1, aim: 10, better: "higher" },
  ];
}

/** One actor with 512 proposals waiting at any time. Answers transitions/s. */
async function hotActor(runtime: Runtime): Promise<number> {
  const hot = runtime.actor("counter", "hot");
  await propose(hot, { type: "CounterSet" });
  let left = 20_000;
  const total = left;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 512 }, async () => {
    while (left-- > 0) await propose(hot, { type: "Counted", by: 1 });
  }));
  return total / (performance.now() - startedAt) * 1_000;
}

/** Proposals come at their own pace, whatever the answers do. Answers the latencies in ms, from when each was due. */
async function openLoop(runtime: Runtime): Promise<number[]> {
  const actors = await Promise.all(Array.from({ length: 500 }, async () => {
    const actor = runtime.actor("parcel", newId());
    await propose(actor, LIFE[0]!);
    return { actor, next: 1 };
  }));
  const latencies: number[] = [];
  const allAnswered = Promise.withResolvers<void>();
  const total = OPEN_LOOP_PER_S * OPEN_LOOP_S;
  const startedAt = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor((performance.now() - startedAt) / 1_000 * OPEN_LOOP_PER_S));
    for (; sent < due; sent++) {
      const slot = actors[sent % actors.length]!;
      if (slot.next === LIFE.length) Object.assign(slot, { actor: runtime.actor("parcel", newId()), next: 0 });
      const dueAt = startedAt + sent / OPEN_LOOP_PER_S * 1_000;
      void propose(slot.actor, LIFE[slot.next++]!).then(() => {
        if (latencies.push(performance.now() - dueAt) === total) allAnswered.resolve();
      }, allAnswered.reject);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await allAnswered.promise;
  return latencies;
}
