/** Orders followed over server-sent events and over graphql-ws, left and taken up again. */
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { DoorDependencies } from "../../../src/api/dependencies.ts";
import { eventually } from "../../support/eventually.ts";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";

const WATCH = `subscription($id: ID!, $after: String) { orderUpdated(id: $id, after: $after) {
  event version position oldStatus newStatus state order { status version }
} }`;

interface Update {
  readonly event: string;
  readonly version: number;
  readonly position: string;
  readonly newStatus: string;
}

let graphql: GraphQLShop;
let rest: ShopClient;
let customerId: string;
let productId: string;
/** The subscriptions of actors that are open. */
const watched = new Set<object>();

function watching(own: DoorDependencies): DoorDependencies {
  return {
    ...own,
    system: {
      actor(type, id) {
        const actor = own.system.actor(type, id);
        return {
          ...actor,
          async *subscribe(options) {
            const open = {};
            watched.add(open);
            try {
              yield* actor.subscribe(options);
            } finally {
              watched.delete(open);
            }
          },
        };
      },
    },
  };
}

beforeAll(async () => {
  graphql = await startGraphQLShop({ with: watching });
  rest = shopClient(graphql.shop.url);
  [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 1_000)]);
});
afterAll(() => graphql.stop());

async function confirmed(): Promise<string> {
  const { body: { id } } = await rest.place(customerId, { [productId]: 1 });
  await rest.reaches(id, "confirmed");
  return id;
}

async function end(id: string): Promise<void> {
  await rest.post(`/v1/orders/${id}/ship`, {});
  await rest.post(`/v1/orders/${id}/deliver`, {});
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Server-sent events as their blocks come. */
async function* eventStream(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let at = text.indexOf("\n\n"); at !== -1; at = text.indexOf("\n\n")) {
      const block = text.slice(0, at);
      text = text.slice(at + 2);
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
      if (field("event") !== "") yield { event: field("event"), data: field("data") };
    }
  }
}

function watchByHttp(id: string, after?: string, signal?: AbortSignal): Promise<Response> {
  return fetch(graphql.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: WATCH, variables: { id, after } }),
    ...(signal && { signal }),
  });
}

describe("server-sent events", () => {
  test("the whole history, then what comes, to the end", async () => {
    const id = await confirmed();
    const response = await watchByHttp(id);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const updates: Update[] = [];
    for await (const { event, data } of eventStream(response)) {
      if (event === "complete") break;
      const update = JSON.parse(data).data.orderUpdated;
      updates.push(update);
      if (update.newStatus === "CONFIRMED") await end(id);
    }
    const types = (await rest.get(`/v1/orders/${id}/events`)).body.items.map(({ type }: { type: string }) => type);
    expect(updates.map(({ event }) => event)).toEqual(types);
    expect(updates.map(({ version }) => version)).toEqual(types.map((_: string, at: number) => at + 1));
    expect(updates.at(-1)?.newStatus).toBe("DELIVERED");
  });

  test("taken up after any position, nothing is missed and nothing comes twice", async () => {
    const id = await confirmed();
    await end(id);
    const all: Update[] = [];
    for await (const { event, data } of eventStream(await watchByHttp(id))) {
      if (event === "next") all.push(JSON.parse(data).data.orderUpdated);
    }
    for (const [at, { position }] of all.entries()) {
      const rest: Update[] = [];
      if (at === all.length - 1) continue;
      for await (const { event, data } of eventStream(await watchByHttp(id, position))) {
        if (event === "next") rest.push(JSON.parse(data).data.orderUpdated);
      }
      expect(rest.map(({ version }) => version)).toEqual(all.slice(at + 1).map(({ version }) => version));
    }
  });

  test.each([
    ["01890a5d-ac96-774b-bcce-b302099a8057", undefined, "NOT_FOUND"],
    ["nonsense", undefined, "MALFORMED"],
    ["01890a5d-ac96-774b-bcce-b302099a8057", "-1", "MALFORMED"],
  ])("of %s after %s is an error", async (id, after, code) => {
    const [first] = await collected(eventStream(await watchByHttp(id, after)));
    expect(JSON.parse(first!.data).errors[0].extensions.code).toBe(code);
  });

  test("as an EventSource asks for it", async () => {
    const id = await confirmed();
    await end(id);
    const query = new URLSearchParams({ query: WATCH, variables: JSON.stringify({ id }) });
    const response = await fetch(`${graphql.url}?${query}`, { headers: { accept: "text/event-stream" } });
    const events = await collected(eventStream(response));
    expect(events.at(-1)?.event).toBe("complete");
    expect(events.length).toBeGreaterThan(4);
  });

  test("a reader that leaves lets go of the order", async () => {
    const id = await confirmed();
    const leave = new AbortController();
    const response = await watchByHttp(id, undefined, leave.signal);
    await response.body!.getReader().read();
    await eventually(async () => expect(watched.size).toBe(1));
    leave.abort();
    await eventually(async () => expect(watched.size).toBe(0));
  });
});

describe("graphql-ws", () => {
  const connect = (more: object = {}) =>
    createClient({
      url: graphql.url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: true,
      ...more,
    });

  test("queries, mutations and subscriptions on one socket", async () => {
    const client = connect();
    const id = await confirmed();
    const watched = client.iterate<{ orderUpdated: Update }>({ query: WATCH, variables: { id } });
    const updates: Update[] = [];
    for await (const { data } of watched) {
      updates.push(data!.orderUpdated);
      if (data!.orderUpdated.newStatus === "CONFIRMED") {
        const ship = client.iterate({
          query: `mutation($id: ID!) { shipOrder(input: { orderId: $id }) { userErrors { code } } }`,
          variables: { id },
        });
        for await (const { data } of ship) expect(data).toEqual({ shipOrder: { userErrors: [] } });
        await rest.post(`/v1/orders/${id}/deliver`, {});
      }
    }
    expect(updates.at(-1)?.newStatus).toBe("DELIVERED");
    const after = updates.at(-3)!.position;
    const again = await collected(
      client.iterate<{ orderUpdated: Update }>({ query: WATCH, variables: { id, after } }),
    );
    expect(again.map(({ data }) => data!.orderUpdated.version)).toEqual(
      updates.slice(-2).map(({ version }) => version),
    );
    await client.dispose();
  });

  test("an operation that is left, and a socket that goes away, let go of the order", async () => {
    const id = await confirmed();
    for (const leave of ["operation", "socket"]) {
      const client = connect();
      const stop = client.subscribe({ query: WATCH, variables: { id } }, {
        next: () => {},
        error: () => {},
        complete: () => {},
      });
      await eventually(async () => expect(watched.size).toBe(1));
      if (leave === "operation") stop();
      else client.terminate();
      await eventually(async () => expect(watched.size).toBe(0));
      await client.dispose();
    }
  });

  test.each([
    ["{ nothing }", {}, "UNKNOWN_FIELD"],
    ["{ order(", {}, "MALFORMED"],
    ["query($id: ID!) { order(id: $id) { id } }", { id: [] }, "MALFORMED"],
    ["query A { orders { totalCount } } query B { orders { totalCount } }", {}, "MALFORMED"],
    [`{ orders { ${Array.from({ length: 20 }, (_, at) => `a${at}: totalCount`).join(" ")} } }`, {}, "LIMIT"],
  ])("refuses %s", async (query, variables, code) => {
    const client = connect();
    const outcome = await new Promise<unknown>((resolve) => {
      client.subscribe({ query, variables }, {
        next: ({ errors }) => resolve(errors),
        error: resolve,
        complete: () => {},
      });
    });
    expect((outcome as { extensions: { code: string; http?: object } }[])[0]!.extensions).toEqual({
      code,
      traceId: expect.any(String),
    });
    await client.dispose();
  });

  const opened = (headers: Record<string, string>, path = "/graphql") =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(new URL(path, graphql.url.replace("http", "ws")), "graphql-transport-ws", {
        headers,
      });
      socket.once("open", () => {
        resolve("open");
        socket.close();
      });
      socket.once("error", ({ message }) => resolve(message));
    });

  test("pages of other origins get no socket", async () => {
    const { origin } = new URL(graphql.url);
    expect(await opened({ origin })).toBe("open");
    expect(await opened({ origin: "https://evil.example" })).toContain("403");
    expect(await opened({ origin: "null" })).toContain("403");
    expect(await opened({}, "/elsewhere")).toContain("404");
  });

  test.each([
    ["no JSON", "{"],
    ["a key twice", '{"type":"connection_init","type":"ping"}'],
    ["nested too deeply", `{"type":"connection_init","payload":{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}}`],
    ["a character NUL", String.raw`{"type":"connection_init","payload":{"a":"\u0000"}}`],
    ["larger than a message may be", JSON.stringify({ type: "ping", payload: { a: "x".repeat(1_100_000) } })],
  ])("a message with %s ends the socket, and only that", async (_, message) => {
    const socket = new WebSocket(graphql.url.replace("http", "ws"), "graphql-transport-ws");
    const code = await new Promise<number>((resolve) => {
      socket.once("open", () => socket.send(message));
      socket.once("close", resolve);
      socket.on("error", () => {});
    });
    expect([4400, 1009]).toContain(code);
    expect((await graphql.ask("{ __typename }")).status).toBe(200);
  });

  test("a node that stops ends its streams with what lets clients go on elsewhere", async () => {
    const other = await startGraphQLShop();
    const client = shopClient(other.shop.url);
    const [buyer, product] = await Promise.all([client.customer(), client.product("500", 10)]);
    const { body: { id } } = await client.place(buyer, { [product]: 1 });
    await client.reaches(id, "confirmed");
    const socket = createClient({
      url: other.url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: true,
    });
    let heard = 0;
    const over = new Promise<unknown>((resolve) => {
      socket.subscribe({ query: WATCH, variables: { id } }, {
        next: () => heard++,
        error: resolve,
        complete: () => resolve("complete"),
      });
    });
    await eventually(async () => expect(heard).toBeGreaterThanOrEqual(3));
    await other.stop();
    expect(JSON.stringify(await over, ["code", "extensions"])).toMatch(/UNAVAILABLE|1001/);
  });
});
