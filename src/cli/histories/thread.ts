/** One thread over histories: is given slices, reads them on its own connection, and answers what it has found. */
import { parentPort, workerData } from "node:worker_threads";
import { plainError, StatewrightError } from "../../kernel/errors.ts";
import { registerActors } from "../../runtime/register.ts";
import type { HistorySlice } from "../../store/histories.ts";
import { openHistories } from "../../store/postgres/histories.ts";
import { upgradesOf } from "../check/upgrades.ts";
import { checkSlice } from "./check-slice.ts";
import type * as definitions from "./definitions.ts";
import type { ThreadStart } from "./jobs.ts";
import { proveSlice } from "./prove-slice.ts";

type SteppedActors = Pick<typeof definitions, "steppedActors">;

const { url, job } = workerData as ThreadStart;
const opened = open();

async function open() {
  const histories = await openHistories(url, 2);
  if (job.kind === "prove") {
    const { steppedActors } = await import(job.actors) as SteppedActors;
    const registered = registerActors(steppedActors());
    return (slice: HistorySlice) => proveSlice(histories, registered, slice);
  }
  const upgrades = await upgradesOf(job.machine);
  return (slice: HistorySlice) => checkSlice(histories, upgrades, slice);
}

async function answerTo(slice: HistorySlice): Promise<object> {
  try {
    return { result: await (await opened)(slice) };
  } catch (thrown) {
    return { error: plainError(StatewrightError.from(thrown)) };
  }
}

// The next slice is read while one is worked on; answers go out in the order of the questions.
let previous: Promise<unknown> = opened.catch(() => {});
parentPort!.on("message", (slice: HistorySlice) => {
  const answer = answerTo(slice);
  previous = previous.then(async () => parentPort!.postMessage(await answer));
});
