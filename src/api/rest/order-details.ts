/** `/v1/order-details/{id}`: one call for a screen. */
import type { Hono } from "hono";
import { z } from "zod";
import { detailSources, type OrderDetails, orderDetails } from "../../shop/orders/order-details.ts";
import { answer } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { pathId } from "./path-id.ts";
import { readParameter, readQuery } from "./query.ts";
import { resource } from "./resource.ts";
import { caughtUp } from "./writing.ts";

/** What one part may take before the screen is shown without it. */
const PART_WITHIN_MS = 1_000;

const viewSchema = z.enum(["web", "mobile"]).default("web");

export function orderDetailRoutes(app: Hono, dependencies: RestDependencies): void {
  const sources = detailSources(dependencies.system, dependencies.readModels);
  resource(app, "/v1/order-details/:id", {
    async get(c) {
      const { view } = readQuery(c, ["view"]);
      const shape = readParameter("view", viewSchema, view) === "web" ? forWeb : forMobile;
      const id = pathId(c);
      await caughtUp(c, dependencies);
      return answer(c, 200, shape(await orderDetails(sources, dependencies.clock, id, PART_WITHIN_MS)));
    },
  });
}

function forWeb(details: OrderDetails) {
  return { ...details, _links: { order: { href: `/v1/orders/${details.orderId}` } } };
}

/** What fits on a small screen. */
function forMobile({ orderId, status, products, payment, total, missing }: OrderDetails) {
  return {
    orderId,
    status,
    products: products.map(({ name, quantity }) => ({ name, quantity })),
    payment: payment && { status: payment.status },
    total,
    missing,
  };
}
