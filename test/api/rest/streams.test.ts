/** Server-sent events: each event once, in order, over every cut. And the door to actors of any machine. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/kernel/ids.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let customer: string;
let product: string;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  customer = await shop.customer();
  product = await shop.product("100", 1_000);
});

afterAll(() => service.stop());

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly type: string; readonly version: number; readonly position: number };
}

/** Listens as an `EventSource` does, and hangs up after `count` messages or at the end of the stream. */
async function listen(path: string, count = Infinity, lastEventId?: string) {
  const end = new AbortController();
  const response = await fetch(`${service.url}${path}`, {
    signal: end.signal,
    headers: { accept: "text/event-stream", ...(lastEventId !== undefined && { "last-event-id": lastEventId }) },
  });
  const messages: Message[] = [];
  let text = "";
  let retry = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
      if (fields.retry) retry = fields.retry;
      if (fields.data) messages.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
    }
    if (messages.length >= count) break;
  }
  end.abort();
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    retry,
    messages: messages.slice(0, count),
  };
}

const types = (messages: readonly Message[]) => messages.map(({ event }) => event);

describe("an order's stream", () => {
  test("tells its history and what comes, and ends with the order", async () => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    const whole = listen(`/v1/orders/${id}/stream`);
    await shop.reaches(id, "confirmed");
    await shop.post(`/v1/orders/${id}/ship`, {});
    await shop.post(`/v1/orders/${id}/deliver`, {});
    const { status, type, retry, messages } = await whole;
    expect({ status, type, retry }).toEqual({ status: 200, type: "text/event-stream", retry: "1000" });
    expect(types(messages)).toEqual([
      "OrderPlaced",
      "StockReserved",
      "PaymentCaptured",
      "OrderShipped",
      "OrderDelivered",
    ]);
    expect(messages.map(({ data }) => data)).toEqual((await shop.get(`/v1/orders/${id}/events`)).body.items);
    expect(messages.map(({ id: position, data }) => position === String(data.position))).not.toContain(false);

    // Cut after each message, and taken up again: the same.
    const pieces: Message[] = [];
    while (pieces.length < 5) {
      pieces.push(...(await listen(`/v1/orders/${id}/stream`, 1, pieces.at(-1)?.id)).messages);
    }
    expect(pieces).toEqual(messages);
    expect((await listen(`/v1/orders/${id}/stream?after=${messages[2]!.id}`)).messages).toEqual(messages.slice(3));
    // A position between two of its own events, as another actor's events have it.
    expect((await listen(`/v1/orders/${id}/stream`, 9, String(Number(messages[1]!.id) - 1))).messages[0])
      .toEqual(messages[1]!.data.position - 1 === messages[0]!.data.position ? messages[1] : expect.anything());
    // Nothing is left: an EventSource is told not to come back.
    expect(await listen(`/v1/orders/${id}/stream`, 1, messages[4]!.id)).toMatchObject({ status: 204, messages: [] });
  });

  test("is refused to who asks for what is not there, or from nowhere", async () => {
    expect((await listen(`/v1/orders/${newId()}/stream`)).status).toBe(404);
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    for (const last of ["x", "-1", "1.5", "99999999999999999999"]) {
      expect((await listen(`/v1/orders/${id}/stream`, 1, last)).status).toBe(400);
    }
    expect((await shop.call("GET", `/v1/orders/${id}/stream`, undefined, { accept: "application/json" })).status).toBe(
      406,
    );
    expect((await fetch(`${service.url}/v1/orders/${id}/stream`, { method: "HEAD" })).status).toBe(200);
  });
});

describe("actors of any machine", () => {
  test("are created, told, read as they are and were, and followed", async () => {
    const id = newId();
    const path = `/v1/actors/conversation/${id}`;
    const tell = (type: string, data?: object, headers?: Record<string, string>) =>
      shop.post(`${path}/events`, { type, ...(data && { data }) }, headers);
    const opened = await tell("ConversationOpened", { orderId: newId(), text: "Where is it?" });
    expect(opened).toMatchObject({
      status: 201,
      body: {
        type: "conversation",
        id,
        version: 1,
        state: "awaitingOperator",
        allowed: ["CustomerWrote", "OperatorWrote", "ConversationClosed"],
        _links: { propose: { href: `${path}/events`, method: "POST" } },
      },
    });
    expect(opened.headers.get("location")).toBe(path);
    expect(await tell("OperatorWrote", { text: "On its way." }, { "if-match": opened.headers.get("etag")! }))
      .toMatchObject({ status: 200, body: { state: "awaitingCustomer", version: 2 } });
    expect(await tell("OperatorWrote", { text: "Still." }, { "if-match": opened.headers.get("etag")! }))
      .toMatchObject({ status: 412 });
    expect((await shop.get(`${path}?at=1`)).body).toMatchObject({ version: 1, state: "awaitingOperator" });
    expect(types((await listen(`${path}/stream`, 2)).messages)).toEqual(["ConversationOpened", "OperatorWrote"]);
    expect(await tell("ConversationClosed")).toMatchObject({ status: 200, body: { status: "done", allowed: [] } });
    expect(await tell("CustomerWrote", { text: "Hello?" })).toMatchObject({
      status: 409,
      body: { code: "TRANSITION_NOT_ALLOWED", state: "closed" },
    });
    const { items } = (await shop.get(`${path}/events`)).body;
    expect(items.map(({ type }: { type: string }) => type)).toEqual([
      "ConversationOpened",
      "OperatorWrote",
      "ConversationClosed",
    ]);
  });

  test.each([
    ["an event that is not for anybody outside", "order", "StockReserved", { line: 0 }, 403, "EVENT_NOT_PUBLIC"],
    ["what exists already", "order", "OrderPlaced", {}, 409, "ALREADY_EXISTS"],
    ["the creation of what only the shop creates", "stock", "StockOpened", { available: 9 }, 403, "EVENT_NOT_PUBLIC"],
    ["an event nobody declared", "order", "OrderTeleported", {}, 422, "INVALID"],
    ["XState's own event", "order", "xstate.init", {}, 422, "INVALID"],
    ["every event", "order", "*", {}, 422, "INVALID"],
    ["data that breaks a rule", "order", "OrderShipped", { trackingNumber: "" }, 422, "INVALID"],
    ["a type inside the data", "order", "OrderDelivered", { type: "OrderShipped" }, 409, "TRANSITION_NOT_ALLOWED"],
    ["a type that is not registered", "dragon", "Hatched", {}, 404, "NOT_FOUND"],
  ])("refuse %s", async (_, type, event, data, status, code) => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    await shop.reaches(id, "confirmed");
    const head = await service.store.head();
    expect(await shop.post(`/v1/actors/${type}/${id}/events`, { type: event, data })).toMatchObject({
      status,
      body: { code },
    });
    expect(await service.store.head()).toBe(head);
  });
});

describe("what operators look after", () => {
  test("orders that are stuck, with what they owe and the ways out", async () => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    await shop.reaches(id, "confirmed");
    await service.behaviours.tell(id, { refund: "decline" });
    await shop.post(`/v1/orders/${id}/cancel`, { reason: "changed my mind" });
    const stuck = await shop.reaches(id, "needsIntervention");
    expect(Object.keys(stuck._links)).toEqual(expect.arrayContaining(["retry", "skip", "resolve"]));
    await service.projector.reached(await service.store.head(), 20_000);
    const { items } = (await shop.get("/v1/interventions")).body;
    expect(items).toMatchObject([{
      order: { id },
      problem: expect.stringContaining("refund failed"),
      reason: "changed my mind",
      obligations: [{ kind: "refund", progress: "failed" }, { kind: "release", productId: product }],
      retries: 0,
    }]);
    await service.behaviours.tell(id, {});
    const retried = await shop.post(`/v1/orders/${id}/retry`, { reason: "the bank is back" }, { prefer: "wait=5" });
    expect(retried).toMatchObject({ status: 200, body: { status: "cancelled" } });
    await service.projector.reached(await service.store.head(), 20_000);
    expect((await shop.get("/v1/interventions")).body.items).toEqual([]);
  });

  test("what could not be handled, page by page", async () => {
    const letter = { reason: "late outcome", stream: `order/${newId()}`, attempts: 1, detail: '{"why":"late"}' };
    for (const n of [1, 2, 3]) await service.store.bury({ ...letter, source: `${letter.stream}/${n}` });
    const first = (await shop.get("/v1/dead-letters?limit=2")).body;
    expect(first.items).toMatchObject([
      { reason: "late outcome", actor: letter.stream, source: `${letter.stream}/1`, detail: { why: "late" } },
      { source: `${letter.stream}/2` },
    ]);
    expect((await shop.get(first.links.next)).body).toMatchObject({
      items: [{ source: `${letter.stream}/3` }],
      next: null,
    });
  });
});

describe("the payment provider's own word", () => {
  test("what it charged, nothing, a failure, and no answer", async () => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    await shop.reaches(id, "confirmed");
    expect(await shop.get(`/v1/orders/${id}/charge`)).toMatchObject({
      status: 200,
      body: { orderId: id, amount: "100", currency: "EUR", status: "captured" },
    });
    await service.behaviours.tell(id, { capture: "fail" });
    const failed = await shop.get(`/v1/orders/${id}/charge`);
    expect(failed).toMatchObject({ status: 502, body: { code: "UPSTREAM_FAILED" } });
    expect(failed.headers.get("retry-after")).toBe("1");
    await service.behaviours.tell(id, { capture: "hang" });
    expect(await shop.get(`/v1/orders/${id}/charge`)).toMatchObject({
      status: 504,
      body: { code: "DEADLINE_EXCEEDED" },
    });
    const sold = await shop.product("100", 1);
    const denied = (await shop.place(customer, { [sold]: 2 })).body;
    await shop.reaches(denied.id, "cancelled");
    expect(await shop.get(`/v1/orders/${denied.id}/charge`)).toMatchObject({ status: 404 });
  });
});
