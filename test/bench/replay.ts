/** Figures about reading whole histories again: proving them, and checking them on a changed machine. */
import { checkSlice } from "../../src/cli/histories/check-slice.ts";
import { proveSlice } from "../../src/cli/histories/prove-slice.ts";
import { replayable } from "../../src/runtime/replay.ts";
import type { HistorySlice } from "../../src/store/histories.ts";
import { newId } from "../../src/kernel/ids.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { type Figure, median } from "./figures.ts";
import { LIFE, parcel } from "./parcel.ts";
import type { BenchServer } from "./server.ts";
import { connect } from "./yardsticks.ts";

const PARCELS = 5_000;
const EVENTS = PARCELS * LIFE.length;
const ROUNDS = 5;
const PAGE = 2_000;

export async function replayFigures(server: BenchServer): Promise<Figure[]> {
  return await server.withRuntime([parcel], async (runtime, store, url) => {
    await liveThrough(runtime);
    await store.query("analyze events");
    const registered = new Map([["parcel", replayable(parcel)]]);
    const upgrades = new Map([["parcel", {
      candidate: registered.get("parcel")!,
      baseline: registered.get("parcel"),
    }]]);
    const slice: HistorySlice = { after: 0, upTo: EVENTS, head: EVENTS, type: null };
    const [shares, checked]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      const read = await seconds(() => readRaw(url));
      shares.push(read / await seconds(() => proveSlice(store, registered, slice)));
      const before = process.cpuUsage();
      await checkSlice(store, upgrades, slice);
      const { user, system } = process.cpuUsage(before);
      checked.push(EVENTS / ((user + system) / 1_000_000));
    }
    return [
      {
        name: "replay-all-share",
        value: median(shares),
        unit: "of reading, by one thread",
        floor: 0.2,
        aim: 0.6,
        better: "higher",
      },
      {
        name: "check-speed",
        value: median(checked),
        unit: "events/s of CPU",
        floor: 25_000,
        aim: 50_000,
        better: "higher",
      },
    ];
  });
}

async function liveThrough(runtime: Runtime): Promise<void> {
  const ids = Array.from({ length: PARCELS }, () => newId());
  await Promise.all(ids.map(async (id) => {
    for (const event of LIFE) await runtime.actor("parcel", id).propose(event);
  }));
}

/** The whole log through the bare driver, in pages, by one connection. */
async function readRaw(url: string): Promise<void> {
  const sql = connect(url, 1);
  for (let after = "0";;) {
    const rows = await sql.unsafe(
      "select * from events where position > $1 order by position limit $2",
      [after, PAGE],
      {
        prepare: true,
      },
    );
    if (rows.length < PAGE) break;
    after = rows.at(-1)!["position"] as string;
  }
  await sql.end();
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
