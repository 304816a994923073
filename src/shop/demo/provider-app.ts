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
import type { Behaviour, Charge, NewCharge, ProviderLedger } from "./provider-ledger.ts";

const chargeSchema = z.strictObject({ key: z.string().min(1).max(255), orderId: z.string().min(1).max(128), ...moneySchema.shape });
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

export function createProviderApp({ ledger, clock, logger }: { ledger: ProviderLedger; clock: Clock; logger: Logger }): Hono {
  const app = new Hono();

  /** Waits as long as the order's behaviour is to hang; answers what holds then. */
  async function behaviourOnceAwake(c: Context, orderId: string, of: "capture" | "refund"): Promise<Behaviour | undefined> {
    const deadline = clock.now() + LONGEST_HANG_MS;
    for (;;) {
      const current = await ledger.behaviour(orderId, of);
      if (current !== "hang" || c.req.raw.signal.aborted || clock.now() > deadline) return current;
      await sleep(clock, HANG_CHECK_MS);
    }
  }

  app.post("/charges", async (c) => {
    const request = chargeSchema.safeParse(await json(c));
    if (!request.success) return refuse(c, 400, z.prettifyError(request.error));
    const { key, orderId, amount, currency } = request.data;
    const told = await behaviourOnceAwake(c, orderId, "capture");
    if (told === "hang") return refuse(c, 504, "The provider hangs");
    if (told === "fail") return refuse(c, 500, "The provider fails");
    const reason = told === "decline" ? "The card was declined" : reasonToDecline(request.data);
    const { charge, isNew } = await ledger.enter({ key, orderId, amount, currency, status: reason ? "declined" : "captured", reason });
    if (charge.orderId !== orderId || charge.amount !== amount || charge.currency !== currency) {
      return refuse(c, 422, "The key belongs to another charge");
    }
    if (told === "twice" && isNew) return refuse(c, 500, "The answer was lost on its way");
    return charge.status === "declined" ? c.json(publicCharge(charge), 402) : c.json(publicCharge(charge), isNew ? 201 : 200);
  });

  app.post("/charges/:orderId/refund", async (c) => {
    const orderId = c.req.param("orderId");
    const told = await behaviourOnceAwake(c, orderId, "refund");
    if (told === "hang") return refuse(c, 504, "The provider hangs");
    if (told === "fail") return refuse(c, 500, "The provider fails");
    if (told === "decline") return refuse(c, 402, "The account is closed");
    const refund = await ledger.refund(orderId);
    if (refund === undefined) return refuse(c, 404, "Nothing was captured for this order");
    if (told === "twice" && refund.isNew) return refuse(c, 500, "The answer was lost on its way");
    return c.json({ orderId, status: "refunded" });
  });

  app.get("/charges", async (c) => c.json({ items: (await ledger.list()).map(publicCharge) }));

  app.put("/behaviours/:orderId", async (c) => {
    const told = behaviourSchema.safeParse(await json(c));
    if (!told.success) return refuse(c, 400, z.prettifyError(told.error));
    const { capture, refund, forMs } = told.data;
    await ledger.behave(c.req.param("orderId"), { ...(capture && { capture }), ...(refund && { refund }), ...(forMs && { forMs }) });
    return c.body(null, 204);
  });

  app.notFound((c) => refuse(c, 404, "The provider has no such resource"));
  app.onError((error, c) => {
    logger.warn({ error: error.message }, "the demo payment provider failed");
    return refuse(c, 500, "The provider failed");
  });
  return app;
}

function json(c: Context): Promise<unknown> {
  return c.req.json().catch(() => undefined);
}

function refuse(c: Context, status: ContentfulStatusCode, reason: string): Response {
  return c.json({ reason }, status);
}

function reasonToDecline({ amount, currency }: Pick<NewCharge, "amount"> & { currency: keyof typeof MINOR_DIGITS }): string | null {
  const limit = LARGEST_WHOLE_UNITS * 10n ** BigInt(MINOR_DIGITS[currency]);
  return BigInt(amount) > limit ? `The amount is over ${LARGEST_WHOLE_UNITS} ${currency}` : null;
}

/** A charge as the provider shows it. */
export function publicCharge({ id, orderId, amount, currency, status, reason }: Charge) {
  return { id, orderId, amount, currency, status, ...(reason !== null && { reason }) };
}
