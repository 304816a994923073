/** A payment provider at the other end of HTTP. */
import { z } from "zod";
import { currentTraceparent } from "../../kernel/tracing.ts";
import type { CaptureAnswer, Charge, ChargeBooks, PaymentProvider, RefundAnswer } from "./provider.ts";

const answerSchema = z.object({ id: z.string().max(200).optional(), reason: z.string().optional() });

const chargeSchema = z.object({ orderId: z.string(), amount: z.string(), currency: z.string(), status: z.string() });

/** What no other attempt would change. Anything else that is not a success has an unknown outcome. */
const REFUND_REFUSED = [402, 404, 409];

const MAX_REASON_LENGTH = 500;

/** @param baseUrl where the provider listens: `http://127.0.0.1:4242` */
export function httpProvider(baseUrl: string): PaymentProvider & ChargeBooks {
  return {
    async capture({ key, orderId, amount }, signal): Promise<CaptureAnswer> {
      const { status, body } = await post(`${baseUrl}/charges`, { key, orderId, ...amount }, signal);
      if (status === 402) return { outcome: "declined", reason: reasonIn(body) };
      if ((status !== 200 && status !== 201) || body.id === undefined) throw unknownOutcome("capture", status);
      return { outcome: "captured", chargeId: body.id };
    },
    async refund({ key, orderId }, signal): Promise<RefundAnswer> {
      const { status, body } = await post(`${baseUrl}/charges/${encodeURIComponent(orderId)}/refund`, { key }, signal);
      if (REFUND_REFUSED.includes(status)) return { outcome: "declined", reason: reasonIn(body) };
      if (status !== 200) throw unknownOutcome("refund", status);
      return { outcome: "refunded" };
    },
    async charge(orderId, signal): Promise<Charge | undefined> {
      const response = await fetch(`${baseUrl}/charges/${encodeURIComponent(orderId)}`, { signal });
      const answer: unknown = await response.json().catch(() => undefined);
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw new Error(`The payment provider answered a look-up with ${response.status}`);
      return chargeSchema.parse(answer);
    },
  };
}

async function post(
  url: string,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; body: z.infer<typeof answerSchema> }> {
  const traceparent = currentTraceparent();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(traceparent !== undefined && { traceparent }) },
    body: JSON.stringify(body),
    signal,
  });
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
  return { status: response.status, body: answer.success ? answer.data : {} };
}

function reasonIn({ reason }: z.infer<typeof answerSchema>): string {
  return (reason ?? "The provider gave no reason").slice(0, MAX_REASON_LENGTH);
}

function unknownOutcome(what: string, status: number): Error {
  return new Error(`The payment provider answered the ${what} with ${status}; what came of it is unknown`);
}
