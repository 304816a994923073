/** One order's saga, compensation included, as one trace at a collector: every span has its cause in it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { observeRequests } from "../../src/api/requests.ts";
import { startTracing } from "../../src/cli/start/tracing.ts";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { inSpan, traceIdIn, traceparentIn } from "../../src/kernel/tracing.ts";
import { createInProcessBus } from "../../src/messaging/in-process-bus.ts";
import { type Relay, startRelay } from "../../src/messaging/relay.ts";
import { traceFeed } from "../../src/messaging/traced-feed.ts";
import type { Subscription } from "../../src/projection/subscription.ts";
import { traceSubscription } from "../../src/projection/traced-readers.ts";
import { httpProvider } from "../../src/shop/payments/http-provider.ts";
import { eventually } from "../support/eventually.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { type ShopClient, shopClient } from "../support/shop-client.ts";
import { type ShopService, startShopService } from "../support/shop-service.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";

let receiver: OtlpReceiver;
let service: ShopService;
let relay: Relay;
let client: ShopClient;
let endTracing: () => Promise<void>;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  endTracing = await startTracing({
    url: receiver.url,
    serviceName: "shop",
    version: "1.2.3",
    nodeId: "node-1",
    // What a caller has sampled is kept, and nothing begins here.
    sampler: "parentbased_always_off",
    sampledShare: 1,
    clock,
    logger,
  });
  service = await startShopService({ observe: observeRequests({ clock, logger }) });
  relay = await startRelay({ log: service.store, bus: traceFeed(createInProcessBus(logger)), clock, logger });
  client = shopClient(service.url);
});

afterAll(async () => {
  await relay?.stop();
  await service?.stop();
  await receiver?.close();
});

/** An order that the provider declines, as it is above 1,000. */
async function compensatedOrder(headers: Record<string, string>): Promise<string> {
  const [product, customer] = [await client.product("150000", 3), await client.customer()];
  const { body } = await client.place(customer, { [product]: 1 }, headers);
  await client.reaches(body.id, "cancelled");
  await service.projector.reached(await service.store.head(), 20_000);
  relay.wake();
  await eventually(async () => expect(await relay.lag()).toMatchObject({ positions: 0 }));
  return body.id;
}

const handled: string[] = [];
const mails = traceSubscription({
  name: "mails",
  types: ["order"],
  from: "beginning",
  delivery: "at-least-once",
  handle: async ({ type }) => void handled.push(type),
}) as Extract<Subscription, { delivery: "at-least-once" | "at-most-once" }>;

/** What caused a span, back to the first. */
function causes(span: ReceivedSpan): string[] {
  const cause = receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return cause === undefined ? [] : [cause.name, ...causes(cause)];
}

/** The traces that stand in the events of an order. */
async function tracesOf(orderId: string): Promise<(string | undefined)[]> {
  const rows = await service.store.read(`order/${orderId}`);
  return rows.map(({ metadata }) => traceIdIn(traceparentIn(metadata)));
}

describe("an order that is compensated", () => {
  test("whose caller is traced is one trace, whose every span has its cause in it", async () => {
    const untraced = await compensatedOrder({});
    const unsampled = await compensatedOrder({ traceparent: `00-${TRACE}-${CALLER}-00` });
    const orderId = await compensatedOrder({ traceparent: `00-${TRACE}-${CALLER}-01` });
    const [placed] = await service.store.read(`order/${orderId}`);
    await mails.handle(placed!);
    // Sends what is left.
    await endTracing();

    const { spans } = receiver;
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    const root = spans.find(({ parentSpanId }) => parentSpanId === CALLER)!;
    expect(root).toMatchObject({ name: "POST /v1/orders", attributes: { "http.route": "/v1/orders" } });
    expect(spans.filter((span) => span !== root && causes(span).at(-1) !== root.name)).toEqual([]);

    const named = (name: string) => spans.filter((span) => span.name === name);
    const [released] = named("order StockReleased");
    expect(causes(released!)).toEqual([
      "stock ReservationReleased",
      "order PaymentDeclined",
      "payment PaymentDeclined",
      "payment PaymentRequested",
      "order StockReserved",
      "stock ReservationRequested",
      "order OrderPlaced",
      "POST /v1/orders",
    ]);
    expect(causes(named("activity capturePayment")[0]!)[0]).toBe("payment PaymentRequested");
    expect(causes(named("subscription mails")[0]!)).toEqual(["order OrderPlaced", "POST /v1/orders"]);
    const events = await service.store.read(`order/${orderId}`);
    const ofOrder = (name: string) => named(name).filter((span) => causes(span)[0]!.startsWith("order "));
    expect(ofOrder("feed publish")).toHaveLength(events.length);
    expect(ofOrder("projection order_summaries")).toHaveLength(events.length);

    expect(await tracesOf(orderId)).toEqual(events.map(() => TRACE));
    for (const silent of [untraced, unsampled]) {
      expect(new Set(await tracesOf(silent))).toEqual(new Set([undefined]));
    }
    expect(handled).toEqual(["OrderPlaced"]);
    expect(receiver.resources[0]).toMatchObject({
      "service.name": "shop",
      "service.version": "1.2.3",
      "service.instance.id": "node-1",
    });
  });
});

test("a payment provider is called with the span that calls it", async () => {
  const heard: (string | undefined)[] = [];
  const provider = createServer((request, response) => {
    heard.push(traceIdIn(request.headers["traceparent"] as string | undefined));
    response.setHeader("content-type", "application/json").end('{"id":"c1"}');
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const { capture } = httpProvider(`http://127.0.0.1:${(provider.address() as AddressInfo).port}`);
  const request = { key: "k", orderId: "o", amount: { amount: "1", currency: "EUR" as const } };
  const call = () => capture(request, AbortSignal.timeout(5_000));
  await inSpan({ name: "pay", kind: "CLIENT" }, `00-${TRACE}-${CALLER}-01`, call);
  await call();
  expect(heard).toEqual([TRACE, undefined]);
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});
