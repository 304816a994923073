/** Every operation of this door, for its description. `test/api/rest/openapi.test.ts` holds it against the routes. */
import { MENDING_OPERATIONS } from "./mending-operations.ts";
import type { Operation } from "./operation.ts";

const cursor = { after: "the cursor that the page before gave as `next`", limit: "how many, 100 at most" };
const pages = { ...cursor, page: "from 1, instead of a cursor", page_size: "10 by default, 100 at most" };
const status = { status: "only orders of this status" };
const at = { at: "as it was right after this version" };
const position = { after: "the position of the last event that was heard; `Last-Event-ID` goes before it" };

const request = (summary: string, body: Operation["body"]): Operation => ({
  tag: "Orders",
  summary,
  ...(body && { body }),
  answers: { 200: "Order", 202: "Order" },
});

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /v1/orders": {
    tag: "Orders",
    summary: "Orders, the newest first",
    query: { ...status, customer_id: "only orders of this customer", ...pages },
    answers: { 200: "OrderList" },
  },
  "POST /v1/orders": {
    tag: "Orders",
    summary: "Place an order. `Prefer: wait=5` waits for the end of its saga, `respond-async` does not",
    body: "NewOrder",
    answers: { 201: "Order", 202: "Order" },
  },
  "GET /v1/orders/{id}": {
    tag: "Orders",
    summary: "An order",
    query: at,
    answers: { 200: "Order" },
    isConditional: true,
  },
  "PATCH /v1/orders/{id}": request("Send it somewhere else, until it is shipped", "ChangeShippingAddress"),
  "DELETE /v1/orders/{id}": request("Cancel it, until it is shipped; what was done is undone", undefined),
  "PATCH /v1/orders/{id}/status": request("Ask for what leads to a status", "OrderStatusRequest"),
  "POST /v1/orders/{id}/cancel": request("Cancel it, with a reason", "CancelOrder"),
  "POST /v1/orders/{id}/ship": request("It has left", "ShipOrder"),
  "POST /v1/orders/{id}/deliver": request("It has arrived", "DeliverOrder"),
  "POST /v1/orders/{id}/retry": request("Have a stuck compensation tried again", "InterventionDecision"),
  "POST /v1/orders/{id}/skip": request("Answer for what a stuck compensation cannot do", "InterventionDecision"),
  "POST /v1/orders/{id}/resolve": request("Answer for all that a stuck order still owes", "InterventionDecision"),
  "GET /v1/orders/{id}/events": { tag: "Orders", summary: "Its history", query: cursor, answers: { 200: "EventList" } },
  "GET /v1/orders/{id}/stream": {
    tag: "Orders",
    summary: "Its history and what comes, as server-sent events",
    query: position,
    answers: { 200: "text/event-stream", 204: null },
  },
  "GET /v1/orders/{id}/charge": {
    tag: "Orders",
    summary: "What the payment provider has charged; 502 when it fails, 504 when it does not answer",
    answers: { 200: "Charge" },
  },
  "GET /v1/order-details/{id}": {
    tag: "Orders",
    summary: "An order with its customer, products and payment; what is not there in time is named in `missing`",
    query: { view: "`web` (default) or `mobile`" },
    answers: { 200: "OrderDetails" },
  },

  "GET /v1/products": {
    tag: "Products",
    summary: "Products that can be ordered, the oldest first",
    query: {
      min_price: "in minor units of the product's own currency",
      max_price: "in minor units of the product's own currency",
      currency: "only prices in this currency",
      skip: "so many are left out, instead of a cursor",
      ...pages,
    },
    answers: { 200: "ProductList" },
  },
  "POST /v1/products": { tag: "Products", summary: "List a product", body: "NewProduct", answers: { 201: "Product" } },
  "GET /v1/products/{id}": { tag: "Products", summary: "A product", answers: { 200: "Product" }, isConditional: true },
  "PUT /v1/products/{id}": {
    tag: "Products",
    summary: "Replace it",
    body: "ReplacedProduct",
    answers: { 200: "Product" },
  },
  "PATCH /v1/products/{id}": {
    tag: "Products",
    summary: "Change it",
    body: "ChangedProduct",
    answers: { 200: "Product" },
  },
  "DELETE /v1/products/{id}": { tag: "Products", summary: "Take it out of the catalogue", answers: { 204: null } },

  "GET /v1/products/{id}/recommendations": {
    tag: "Products",
    summary: "What is bought together with it, the most frequent first",
    query: { limit: "how many, 10 by default, 100 at most" },
    answers: { 200: "Recommendations" },
  },

  "GET /v1/customers": { tag: "Customers", summary: "Customers", query: pages, answers: { 200: "CustomerList" } },
  "POST /v1/customers": { tag: "Customers", summary: "Register", body: "NewCustomer", answers: { 201: "Customer" } },
  "GET /v1/customers/{id}": {
    tag: "Customers",
    summary: "A customer",
    answers: { 200: "Customer" },
    isConditional: true,
  },
  "PATCH /v1/customers/{id}": {
    tag: "Customers",
    summary: "Change it; null takes away",
    body: "ChangedCustomer",
    answers: { 200: "Customer" },
  },
  "GET /v1/customers/{id}/addresses": {
    tag: "Customers",
    summary: "Where the customer lives",
    answers: { 200: "AddressList" },
  },
  "GET /v1/customers/{id}/orders": {
    tag: "Customers",
    summary: "The customer's orders, the newest first",
    query: { ...status, ...pages },
    answers: { 200: "OrderList" },
  },

  "GET /v1/interventions": {
    tag: "Operators",
    summary: "Orders that cannot go on by themselves",
    query: cursor,
    answers: { 200: "InterventionList" },
  },
  "GET /v1/dead-letters": {
    tag: "Operators",
    summary: "What could not be handled",
    query: cursor,
    answers: { 200: "DeadLetterList" },
  },
  ...MENDING_OPERATIONS,

  "GET /v1/notifications": {
    tag: "Operators",
    summary: "What customers are told, the newest first",
    query: cursor,
    answers: { 200: "NotificationList" },
  },
  "GET /v1/analytics/daily": {
    tag: "Operators",
    summary: "Orders by status and revenue, a day each, the newest first",
    query: { limit: "how many days, 31 by default, 100 at most" },
    answers: { 200: "DailyFigures" },
  },

  "GET /v1/actors/{type}/{id}": {
    tag: "Actors",
    summary: "An actor of any machine",
    query: at,
    answers: { 200: "Actor" },
    isConditional: true,
  },
  "GET /v1/actors/{type}/{id}/events": {
    tag: "Actors",
    summary: "Its history",
    query: cursor,
    answers: { 200: "EventList" },
  },
  "POST /v1/actors/{type}/{id}/events": {
    tag: "Actors",
    summary: "Propose an event; its machine decides",
    body: "Proposal",
    answers: { 200: "Actor", 201: "Actor" },
  },
  "GET /v1/actors/{type}/{id}/stream": {
    tag: "Actors",
    summary: "Its history and what comes, as server-sent events",
    query: position,
    answers: { 200: "text/event-stream", 204: null },
  },

  "GET /notifications": { tag: "Service", summary: "What would be mailed", answers: { 200: "text/html" } },
  "GET /v1/queues": { tag: "Operators", summary: "The task queues, and how they stand", answers: { 200: "JSON" } },
  "GET /v1/queues/{name}": { tag: "Operators", summary: "A task queue", answers: { 200: "JSON" } },
  "GET /v1/queues/{name}/dead-letters": {
    tag: "Operators",
    summary: "Tasks that could not be done",
    query: cursor,
    answers: { 200: "JSON" },
  },
  "POST /v1/queues/{name}/dead-letters/redrive": {
    tag: "Operators",
    summary: "Have all of them tried again, or tell how many that would be",
    body: "Redrive",
    answers: { 200: "JSON" },
  },
  "POST /v1/queues/{name}/dead-letters/{number}/redrive": {
    tag: "Operators",
    summary: "Have one of them tried again",
    answers: { 200: "JSON" },
  },
  "DELETE /v1/queues/{name}/dead-letters/{number}": {
    tag: "Operators",
    summary: "Dismiss one",
    answers: { 204: null },
  },
  "GET /demo/provider/charges": {
    tag: "Operators",
    summary: "What the demo's payment provider has charged",
    answers: { 200: "JSON" },
  },

  "GET /v1/version": { tag: "Service", summary: "What runs here", answers: { 200: "JSON" } },
  "GET /metrics": { tag: "Service", summary: "Figures for Prometheus", answers: { 200: "text/plain" } },
  "GET /asyncapi.json": { tag: "Service", summary: "The events, as AsyncAPI", answers: { 200: "JSON" } },
  "GET /livez": { tag: "Service", summary: "The process answers", answers: { 200: "JSON" } },
  "GET /readyz": { tag: "Service", summary: "Traffic makes sense, or why not", answers: { 200: "JSON", 503: "JSON" } },
  "GET /openapi.json": { tag: "Service", summary: "This description", answers: { 200: "JSON" } },
  "GET /docs": { tag: "Service", summary: "This description, to be read", answers: { 200: "text/html" } },
  "GET /problems": { tag: "Service", summary: "All problems there are", answers: { 200: "text/html" } },
  "GET /problems/{code}": { tag: "Service", summary: "What a problem means", answers: { 200: "text/html" } },
};
