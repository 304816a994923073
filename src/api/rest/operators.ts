/** What operators look after: orders that are stuck, and what could not be handled. */
import type { Hono } from "hono";
import { type Intervention, listInterventions } from "../../shop/orders/interventions.ts";
import type { DeadLetter } from "../dependencies.ts";
import type { RestDependencies } from "./dependencies.ts";
import { orderResource } from "./order-resource.ts";
import { answerList } from "./paging.ts";
import { readQuery } from "./query.ts";
import { resource } from "./resource.ts";
import { caughtUp } from "./writing.ts";

export function operatorRoutes(app: Hono, dependencies: RestDependencies): void {
  const { system, readModels, deadLetters } = dependencies;
  resource(app, "/v1/interventions", {
    async get(c) {
      const query = readQuery(c, ["limit", "after"]);
      await caughtUp(c, dependencies);
      return await answerList(c, query, {
        name: "interventions",
        page: (slice) => listInterventions(system, readModels, slice),
        present: ({ order, ...intervention }: Intervention) => ({ ...intervention, order: orderResource(order) }),
      });
    },
  });
  resource(app, "/v1/dead-letters", {
    async get(c) {
      return await answerList(c, readQuery(c, ["limit", "after"]), {
        name: "dead-letters",
        async page({ after = 0, limit }) {
          const letters = await deadLetters({ limit: limit + 1, after: String(after) });
          const items = letters.slice(0, limit);
          return { items, next: letters.length > limit ? Number(items.at(-1)!.id) : undefined };
        },
        present: deadLetterResource,
      });
    },
  });
}

export function deadLetterResource({ stream, detail, recordedAt, ...letter }: DeadLetter) {
  return {
    ...letter,
    actor: stream,
    detail: JSON.parse(detail) as unknown,
    recordedAt: new Date(recordedAt).toISOString(),
    _links: { self: { href: `/v1/dead-letters/${letter.id}` }, actor: { href: `/v1/actors/${stream}` } },
  };
}
