/** The task queues, for operators: how they stand, what has died in them, and having it tried again. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import {
  checkQueueName,
  type DeadTask,
  type QueueStats,
  redriveAll,
  statsOf,
  type TaskOffice,
} from "../../messaging/task-queues.ts";
import { validate } from "../validation.ts";
import { answer } from "./answer.ts";
import { answerList } from "./paging.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";

/** What a redrive of a whole queue is asked with. */
export const redriveSchema = z.strictObject({ dryRun: z.boolean().optional() });

const QUEUES = "/v1/queues";

export function queueRoutes(app: Hono, office: TaskOffice): void {
  resource(app, QUEUES, {
    async get(c) {
      readQuery(c, []);
      return answer(c, 200, { items: (await office.stats()).map(queueResource) });
    },
  });
  resource(app, `${QUEUES}/:name`, {
    async get(c) {
      readQuery(c, []);
      return answer(c, 200, queueResource(await statsOf(office, queueName(c))));
    },
  });
  deadLetterRoutes(app, office);
}

function deadLetterRoutes(app: Hono, office: TaskOffice): void {
  const path = `${QUEUES}/:name/dead-letters`;
  resource(app, path, {
    async get(c) {
      const [queue, query] = [queueName(c), readQuery(c, ["limit", "after"])];
      await statsOf(office, queue);
      return await answerList(c, query, {
        name: `queues/${queue}/dead-letters`,
        async page({ after = 0, limit }) {
          const letters = await office.dead(queue, { limit: limit + 1, after });
          const items = letters.slice(0, limit);
          return { items, next: letters.length > limit ? items.at(-1)!.number : undefined };
        },
        present: deadTaskResource,
      });
    },
  });
  resource(app, `${path}/redrive`, {
    async post(c) {
      readQuery(c, []);
      const queue = queueName(c);
      const { dryRun = false } = validate(redriveSchema, await readBody(c));
      await statsOf(office, queue);
      return answer(c, 200, { queue, dryRun, count: await redriveAll(office, queue, dryRun) });
    },
  });
  resource(app, `${path}/:number/redrive`, {
    async post(c) {
      readQuery(c, []);
      const queue = queueName(c);
      if (!await office.redrive(queue, letterNumber(c))) throw noLetter();
      return answer(c, 200, { queue, dryRun: false, count: 1 });
    },
  });
  resource(app, `${path}/:number`, {
    async delete(c) {
      readQuery(c, []);
      if (!await office.dismiss(queueName(c), letterNumber(c))) throw noLetter();
      return respond(c, 204, null);
    },
  });
}

/** The queue in the path. @throws StatewrightError `NOT_FOUND` for a name that no queue can have */
function queueName(c: Context): string {
  const name = c.req.param("name") ?? "";
  try {
    return checkQueueName(name);
  } catch {
    throw new StatewrightError("NOT_FOUND", `There is no queue "${name.slice(0, 80)}"`);
  }
}

/** @throws StatewrightError `MALFORMED` */
function letterNumber(c: Context): number {
  const text = c.req.param("number") ?? "";
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw new StatewrightError("MALFORMED", "The dead letter in the path is no number");
}

function noLetter(): StatewrightError {
  return new StatewrightError("NOT_FOUND", "There is no such dead letter (any more)");
}

function queueResource({ queue: name, ...stats }: QueueStats) {
  const href = `${QUEUES}/${name}`;
  return { name, ...stats, _links: { self: { href }, deadLetters: { href: `${href}/dead-letters` } } };
}

function deadTaskResource({ number, queue, id, body, enqueuedAt, diedAt, ...letter }: DeadTask) {
  const href = `${QUEUES}/${queue}/dead-letters/${number}`;
  return {
    id: String(number),
    queue,
    taskId: id,
    ...letter,
    task: body,
    enqueuedAt: new Date(enqueuedAt).toISOString(),
    diedAt: new Date(diedAt).toISOString(),
    _links: { redrive: { href: `${href}/redrive`, method: "POST" }, dismiss: { href, method: "DELETE" } },
  };
}
