/**
 * The demo payment provider: another company's HTTP service, as far as the shop can tell. It declines what is over
 * 1,000 whole units of the currency, and can be told to fail, hang, answer twice or decline, an order at a time.
 */
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import { MINOR_DIGITS, moneySchema } from "../../../machines/money.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Behaviour, ProviderBehaviours, ProviderTask } from "./provider-behaviours.ts";
import type { Charge, NewCharge, ProviderLedger } from "./provider-ledger.ts";

const chargeSchema = z.strictObject({
  key: z.string().min(1).max(255),
  orderId: z.string().min(1).max(128),
  ...moneySchema.shape,
});
const behaviour = z.enum(["fail", "hang", "twice", "decline"]);
const behaviourSchema = z.strictObject({
  capture: behaviour.optional(),
  refund: behaviour.optional(),
  forMs: z.int().min(1).max(86_400_000).optional(),
});

const LARGEST_WHOLE_UNITS = 1_000n;
const HANG_CHECK_MS = 250;
/** Even a provider that hangs does not hold a connection longer. */
const LONGEST_HANG_MS = 30_000;

interface ProviderParts {
  readonly ledger: ProviderLedger;
  readonly behaviours: ProviderBehaviours;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createProviderApp(parts: ProviderParts): Hono {
  const { ledger, behaviours, logger } = parts;
  const app = new Hono();
  app.post("/charges", (c) => charge(c, parts));
  app.post("/charges/:orderId/refund", (c) => refund(c, c.req.param("orderId"), parts));
  app.get("/charges/:orderId", (c) => lookUp(c, c.req.param("orderId"), parts));
  app.get("/charges", async (c) => c.json({ items: (await ledger.list()).map(listedCharge) }));
  app.put("/behaviours/:orderId", async (c) => {
    const told = behaviourSchema.safeParse(await json(c));
    if (!told.success) return refuse(c, 400, z.prettifyError(told.error));
    await behaviours.tell(c.req.param("orderId"), told.data);
    return c.body(null, 204);
  });
  app.notFound((c) => refuse(c, 404, "The provider has no such resource"));
  app.onError((error, c) => {
    logger.warn({ error: error.message }, "the demo payment provider failed");
    return refuse(c, 500, "The provider failed");
  });
  return app;
}

async function charge(c: Context, parts: ProviderParts): Promise<Response> {
  const request = chargeSchema.safeParse(await json(c));
  if (!request.success) return refuse(c, 400, z.prettifyError(request.error));
  const { key, orderId, amount, currency } = request.data;
  const told = await behaviourOnceAwake(c, orderId, "capture", parts);
  if (told === "hang") return refuse(c, 504, "The provider hangs");
  if (told === "fail") return refuse(c, 500, "The provider fails");
  const reason = told === "decline" ? "The card was declined" : reasonToDecline(request.data);
  const status = reason === null ? "captured" : "declined";
  const { charge, isNew } = await parts.ledger.enter({ key, orderId, amount, currency, status, reason });
  if (charge.orderId !== orderId || charge.amount !== amount || charge.currency !== currency) {
    return refuse(c, 422, "The key belongs to another charge");
  }
  if (told === "twice" && isNew) return refuse(c, 500, "The answer was lost on its way");
  const answer = { id: charge.id, ...listedCharge(charge), ...(charge.reason !== null && { reason: charge.reason }) };
  return c.json(answer, charge.status === "declined" ? 402 : isNew ? 201 : 200);
}

async function lookUp(c: Context, orderId: string, parts: ProviderParts): Promise<Response> {
  const told = await behaviourOnceAwake(c, orderId, "capture", parts);
  if (told === "hang") return refuse(c, 504, "The provider hangs");
  if (told === "fail") return refuse(c, 500, "The provider fails");
  const charge = await parts.ledger.find(orderId);
  return charge ? c.json(listedCharge(charge)) : refuse(c, 404, "Nothing was charged for this order");
}

async function refund(c: Context, orderId: string, parts: ProviderParts): Promise<Response> {
  const told = await behaviourOnceAwake(c, orderId, "refund", parts);
  if (told === "hang") return refuse(c, 504, "The provider hangs");
  if (told === "fail") return refuse(c, 500, "The provider fails");
  if (told === "decline") return refuse(c, 402, "The account is closed");
  const refunded = await parts.ledger.refund(orderId);
  if (refunded === undefined) return refuse(c, 404, "Nothing was captured for this order");
  if (told === "twice" && refunded.isNew) return refuse(c, 500, "The answer was lost on its way");
  return c.json({ orderId, status: "refunded" });
}

/** Waits as long as the order's behaviour is to hang; answers what holds then. */
async function behaviourOnceAwake(
  c: Context,
  orderId: string,
  task: ProviderTask,
  { behaviours, clock }: ProviderParts,
): Promise<Behaviour | undefined> {
  const { signal } = c.req.raw;
  const deadline = clock.now() + LONGEST_HANG_MS;
  let current = await behaviours.current(orderId, task);
  while (current === "hang" && clock.now() < deadline) {
    await sleep(clock, HANG_CHECK_MS);
    // Whoever asked has hung up, or this process is ending: nothing more is looked up.
    if (signal.aborted) break;
    current = await behaviours.current(orderId, task);
  }
  return current;
}

function json(c: Context): Promise<unknown> {
  return c.req.json().catch(() => undefined);
}

function refuse(c: Context, status: ContentfulStatusCode, reason: string): Response {
  return c.json({ reason }, status);
}

function reasonToDecline(
  { amount, currency }: Pick<NewCharge, "amount"> & { currency: keyof typeof MINOR_DIGITS },
): string | null {
  const limit = LARGEST_WHOLE_UNITS * 10n ** BigInt(MINOR_DIGITS[currency]);
  return BigInt(amount) > limit ? `The amount is over ${LARGEST_WHOLE_UNITS} ${currency}` : null;
}

/** A charge as the provider lists it: what has become of an order's money. */
export function listedCharge({ orderId, amount, currency, status }: Charge) {
  return { orderId, amount, currency, status };
}
