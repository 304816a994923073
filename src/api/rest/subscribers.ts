/** What the shop's subscribers have made of the events: notifications, figures by the day, what is bought together. */
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { getProduct } from "../../shop/catalogue/product.ts";
import { dailyFigures } from "../../shop/subscribers/analytics.ts";
import { listNotifications, type Notification } from "../../shop/subscribers/notifications.ts";
import { recommendationsFor } from "../../shop/subscribers/recommendations.ts";
import { PAGE_HEADERS, renderPage } from "../page.ts";
import { answer } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { answerList } from "./paging.ts";
import { pathId } from "./path-id.ts";
import { readLimit, readQuery } from "./query.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";

const DAYS = 31;
const RECOMMENDED = 10;
/** Rows of the page for people. */
const SHOWN = 100;

export function subscriberRoutes(app: Hono, dependencies: RestDependencies): void {
  const { system, readModels } = dependencies;
  resource(app, "/v1/notifications", {
    get: (c) =>
      answerList(c, readQuery(c, ["limit", "after"]), {
        name: "notifications",
        page: (slice) => listNotifications(readModels, slice),
        present: notificationResource,
      }),
  });
  resource(app, "/notifications", {
    async get(c) {
      readQuery(c, []);
      const { items } = await listNotifications(readModels, { limit: SHOWN });
      return notificationPage(c, items);
    },
  });
  resource(app, "/v1/analytics/daily", {
    async get(c) {
      const { limit } = readQuery(c, ["limit"]);
      return answer(c, 200, { items: await dailyFigures(readModels, readLimit(limit, DAYS)) });
    },
  });
  resource(app, "/v1/products/:id/recommendations", {
    async get(c) {
      const [id, { limit }] = [pathId(c), readQuery(c, ["limit"])];
      await getProduct(system, id);
      const items = await recommendationsFor(readModels, id, readLimit(limit, RECOMMENDED));
      return answer(c, 200, {
        items: items.map((item) => ({ ...item, _links: { product: { href: `/v1/products/${item.productId}` } } })),
      });
    },
  });
}

function notificationResource({ createdAt, ...notification }: Notification) {
  const { customerId, orderId } = notification;
  return {
    ...notification,
    createdAt: new Date(createdAt).toISOString(),
    _links: {
      customer: { href: `/v1/customers/${customerId}` },
      ...(orderId !== null && { order: { href: `/v1/orders/${orderId}` } }),
    },
  };
}

function notificationPage(c: Context, notifications: readonly Notification[]): Response {
  const body = notifications.length === 0
    ? html`<p>Nobody was told anything yet. Place an order, and its customer is.</p>`
    : html`
      <p>What would be mailed, the newest first; no more than ${SHOWN}.
        The same for machines: <a href="/v1/notifications">/v1/notifications</a>.</p>
      <table>
        <tr>
          <th>When</th>
          <th>Subject</th>
          <th>Status</th>
          <th>Order</th>
          <th>To</th>
        </tr>
        ${notifications.map(row)}
      </table>
    `;
  return respond(c, 200, renderPage("Notifications", body), PAGE_HEADERS);
}

function row({ createdAt, subject, status, orderId, customerId }: Notification) {
  const when = new Date(createdAt).toISOString();
  const order = orderId === null ? "–" : html`<a href="/v1/orders/${orderId}">${shortened(orderId)}</a>`;
  return html`
    <tr>
      <td><time datetime="${when}">${when.slice(0, 19).replace("T", " ")}</time></td>
      <td>${subject}</td>
      <td>${status ?? "–"}</td>
      <td>${order}</td>
      <td><a href="/v1/customers/${customerId}">${shortened(customerId)}</a></td>
    </tr>
  `;
}

/** An id as people can take it in; the link has all of it. */
function shortened(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}
