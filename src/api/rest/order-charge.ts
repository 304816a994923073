/** `/v1/orders/{id}/charge`: what the payment provider says, beside what the order says. */
import type { Hono } from "hono";
import { getOrder } from "../../shop/orders/order.ts";
import { findCharge } from "../../shop/payments/find-charge.ts";
import type { ChargeBooks } from "../../shop/payments/provider.ts";
import { answer } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { pathId } from "./path-id.ts";
import { readQuery } from "./query.ts";
import { resource } from "./resource.ts";

const ANSWER_WITHIN_MS = 2_000;

export function orderChargeRoutes(app: Hono, { system, clock }: RestDependencies, books: ChargeBooks): void {
  resource(app, "/v1/orders/:id/charge", {
    async get(c) {
      readQuery(c, []);
      const { id } = await getOrder(system, pathId(c));
      return answer(c, 200, await findCharge(books, clock, id, ANSWER_WITHIN_MS));
    },
  });
}
