/** `statewright queues`: how the task queues stand, what has died in them, and having it tried again. */
import { defineCommand } from "citty";
import { readConfig } from "../config.ts";
import { systemClock as clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { createLogger } from "../kernel/logger.ts";
import { openNats } from "../messaging/jetstream/connection.ts";
import { type DeadTask, type QueueStats, redriveAll, statsOf, type TaskOffice } from "../messaging/task-queues.ts";
import { print } from "./command-line.ts";
import { withStore } from "./open-store.ts";
import { openTaskQueues } from "./start/open-task-queues.ts";

const ACTIONS = ["list", "show", "dead", "redrive", "dismiss"] as const;
type Action = (typeof ACTIONS)[number];

export const queuesCommand = defineCommand({
  meta: { name: "queues", description: "Look at the task queues, and have dead tasks tried again" },
  args: {
    action: { type: "positional", required: false, default: "list", description: ACTIONS.join(", ") },
    queue: { type: "positional", required: false, description: "which queue: mail" },
    letter: { type: "string", description: "redrive, dismiss: only the dead task of this number" },
    "dry-run": { type: "boolean", description: "redrive: only say how many it would be" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    const request = requestOf(args.action, args.queue, args.letter);
    const say = (value: object, text: string) => print(args.json ? JSON.stringify(value) : text);
    await withTasks((office) => perform(office, request, args["dry-run"] === true, say));
  },
});

interface Request {
  readonly action: Action;
  readonly queue: string;
  /** Undefined: all. */
  readonly letter: number | undefined;
}

function requestOf(text: string, queue: string | undefined, letter: string | undefined): Request {
  const action = ACTIONS.find((known) => known === text);
  if (action === undefined) throw usage(`There is no "queues ${text}". There are: ${ACTIONS.join(", ")}`);
  if (action !== "list" && queue === undefined) throw usage(`Missing: queue. Try: queues ${action} <queue>`);
  if (letter !== undefined && !/^[1-9][0-9]{0,14}$/.test(letter)) {
    throw usage(`--letter takes a number, not "${letter}"`);
  }
  if (action === "dismiss" && letter === undefined) throw usage("Missing: --letter. `queues dead <queue>` shows them");
  return { action, queue: queue ?? "", letter: letter === undefined ? undefined : Number(letter) };
}

function usage(message: string): StatewrightError {
  return new StatewrightError("USAGE", message);
}

type Say = (value: object, text: string) => Promise<void>;

async function perform(office: TaskOffice, request: Request, dryRun: boolean, say: Say): Promise<void> {
  const { action, queue, letter } = request;
  if (action === "list") {
    for (const stats of await office.stats()) await say(stats, statsText(stats));
    return;
  }
  const stats = await statsOf(office, queue);
  if (action === "show") return await say(stats, statsText(stats));
  if (action === "dead") {
    for await (const task of allDead(office, queue)) await say(task, deadText(task));
    return;
  }
  const count = letter === undefined
    ? await redriveAll(office, queue, dryRun)
    : await one(office, request, letter, dryRun);
  const did = action === "redrive" ? "redriven" : "dismissed";
  await say({ queue, action, dryRun, count }, `${count} of ${queue} ${dryRun ? `would be ${did}` : did}`);
}

async function one(office: TaskOffice, { action, queue }: Request, letter: number, dryRun: boolean): Promise<number> {
  const [found] = await office.dead(queue, { limit: 1, after: letter - 1 });
  if (found?.number !== letter) throw new StatewrightError("NOT_FOUND", `There is no dead task ${letter} in ${queue}`);
  if (!dryRun) await (action === "redrive" ? office.redrive(queue, letter) : office.dismiss(queue, letter));
  return 1;
}

const PAGE = 100;

async function* allDead(office: TaskOffice, queue: string): AsyncGenerator<DeadTask> {
  for (let after = 0;;) {
    const page = await office.dead(queue, { limit: PAGE, after });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.number;
  }
}

function statsText({ queue, waiting, inProcess, dead, oldestAgeMs }: QueueStats): string {
  const age = oldestAgeMs === null ? "" : `, the oldest for ${(oldestAgeMs / 1_000).toFixed(1)} s`;
  return `${queue.padEnd(32)}${waiting} waiting, ${inProcess} in process, ${dead} dead${age}`;
}

function deadText({ number, id, priority, body, reason, attempts, diedAt }: DeadTask): string {
  const when = new Date(diedAt).toISOString();
  return `${String(number).padEnd(8)}${id}  ${priority}  ${when}  after ${attempts}: ${reason}\n        ${
    JSON.stringify(body)
  }`;
}

/** Finds the queues as `npm start` does: on NATS_URL, else in the store. */
async function withTasks(work: (office: TaskOffice) => Promise<void>): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config.logLevel);
  await withStore(async (store) => {
    const { natsUrl: url, natsCredentials: credentials } = config;
    const nats = url === undefined
      ? undefined
      : await openNats({ url, credentials, name: "statewright queues", clock, logger });
    try {
      await work(openTaskQueues({ nats, database: store, clock, logger }));
    } finally {
      await nats?.close();
    }
  });
}
