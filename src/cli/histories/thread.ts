/** One thread over histories: is given slices, reads them on its own connection, and answers what it has found. */
import { parentPort, workerData } from "node:worker_threads";
import { plainError, StatewrightError } from "../../kernel/errors.ts";
import { registerActors } from "../../runtime/register.ts";
import type { HistorySlice } from "../../store/histories.ts";
import { openPostgresStore } from "../../store/postgres/postgres-store.ts";
import { upgradesOf } from "../check/upgrades.ts";
import { checkSlice } from "./check-slice.ts";
import { steppedActors } from "./definitions.ts";
import type { ThreadStart } from "./jobs.ts";
import { proveSlice } from "./prove-slice.ts";

const { url, job } = workerData as ThreadStart;
const opened = open();

async function open() {
  const store = await openPostgresStore({ url, connections: 2 });
  if (job.kind === "prove") {
    const registered = registerActors(steppedActors());
    return (slice: HistorySlice) => proveSlice(store, registered, slice);
  }
  const upgrades = await upgradesOf(job.machine);
  return (slice: HistorySlice) => checkSlice(store, upgrades, slice);
}

function answer(message: object): void {
  parentPort!.postMessage(message);
}

let previous: Promise<unknown> = opened.catch(() => {});
parentPort!.on("message", (slice: HistorySlice) => {
  const run = async () => {
    try {
      answer({ result: await (await opened)(slice) });
    } catch (thrown) {
      answer({ error: plainError(StatewrightError.from(thrown)) });
    }
  };
  previous = previous.then(run);
});
