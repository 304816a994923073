/** The demo payment provider over HTTP, through the client that the shop uses. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/kernel/ids.ts";
import { httpProvider } from "../../../src/shop/payments/http-provider.ts";
import type { PaymentProvider } from "../../../src/shop/payments/provider.ts";
import { eventually } from "../../support/eventually.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let provider: PaymentProvider;

beforeAll(async () => {
  service = await startShopService();
  provider = httpProvider(service.providerUrl);
});

afterAll(() => service.stop());

const request = (amount = "100", currency: "EUR" | "JPY" = "EUR") => {
  const orderId = newId();
  return { key: `capture:${orderId}`, orderId, amount: { amount, currency }, chargeId: null };
};
const within = (ms = 5_000) => AbortSignal.timeout(ms);

async function charges(orderId: string): Promise<{ status: string }[]> {
  const { items } = await (await fetch(`${service.providerUrl}/charges`)).json() as {
    items: { orderId: string; status: string }[];
  };
  return items.filter((charge) => charge.orderId === orderId);
}

function tell(orderId: string, behaviour: object): Promise<Response> {
  return fetch(`${service.providerUrl}/behaviours/${orderId}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(behaviour),
  });
}

describe("a capture", () => {
  test("happens once for its key, however often it is asked for at once", async () => {
    const asked = request();
    const answers = await Promise.all(Array.from({ length: 20 }, () => provider.capture(asked, within())));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await charges(asked.orderId)).toEqual([{
      orderId: asked.orderId,
      amount: "100",
      currency: "EUR",
      status: "captured",
    }]);
  });

  test("under the key of another charge is refused", async () => {
    const asked = request();
    await provider.capture(asked, within());
    await expect(provider.capture({ ...asked, amount: { amount: "200", currency: "EUR" } }, within())).rejects.toThrow(
      /422/,
    );
    expect(await charges(asked.orderId)).toHaveLength(1);
  });

  test.each(
    [["100000", "EUR", "captured"], ["100001", "EUR", "declined"], ["1000", "JPY", "captured"], [
      "1001",
      "JPY",
      "declined",
    ]] as const,
  )(
    "of %s minor units of %s is %s",
    async (amount, currency, outcome) => {
      const asked = request(amount, currency);
      expect(await provider.capture(asked, within())).toMatchObject({ outcome });
      expect(await provider.capture(asked, within())).toMatchObject({ outcome });
      expect(await charges(asked.orderId)).toMatchObject([{ status: outcome }]);
    },
  );

  test("of an order that fails for a time happens afterwards", async () => {
    const asked = request();
    await tell(asked.orderId, { capture: "fail", forMs: 1_500 });
    await expect(provider.capture(asked, within())).rejects.toThrow(/unknown/);
    expect(await charges(asked.orderId)).toEqual([]);
    await eventually(async () =>
      expect(await provider.capture(asked, within())).toMatchObject({ outcome: "captured" })
    );
  });

  test("of an order that hangs has no answer, until it hangs no more", async () => {
    const asked = request();
    await tell(asked.orderId, { capture: "hang" });
    await expect(provider.capture(asked, within(300))).rejects.toThrow(/abort|timeout/i);
    const later = provider.capture(asked, within());
    await tell(asked.orderId, {});
    expect(await later).toMatchObject({ outcome: "captured" });
    expect(await charges(asked.orderId)).toHaveLength(1);
  });

  test("whose answer is lost is answered again, and charged once", async () => {
    const asked = request();
    await tell(asked.orderId, { capture: "twice", refund: "twice" });
    await expect(provider.capture(asked, within())).rejects.toThrow(/unknown/);
    expect(await provider.capture(asked, within())).toMatchObject({ outcome: "captured" });
    await expect(provider.refund(asked, within())).rejects.toThrow(/unknown/);
    expect(await provider.refund(asked, within())).toEqual({ outcome: "refunded" });
    expect(await charges(asked.orderId)).toMatchObject([{ status: "refunded" }]);
  });
});

describe("a refund", () => {
  test("happens once, and only of what was captured", async () => {
    const asked = request();
    expect(await provider.refund(asked, within())).toMatchObject({
      outcome: "declined",
      reason: expect.stringContaining("Nothing"),
    });
    await provider.capture(asked, within());
    expect(await Promise.all([1, 2, 3].map(() => provider.refund(asked, within())))).toEqual(
      Array(3).fill({ outcome: "refunded" }),
    );
    expect(await charges(asked.orderId)).toMatchObject([{ status: "refunded" }]);
  });

  test("can be declined and can fail, and the money stays", async () => {
    const asked = request();
    await provider.capture(asked, within());
    await tell(asked.orderId, { refund: "decline" });
    expect(await provider.refund(asked, within())).toMatchObject({ outcome: "declined" });
    await tell(asked.orderId, { refund: "fail" });
    await expect(provider.refund(asked, within())).rejects.toThrow(/unknown/);
    expect(await charges(asked.orderId)).toMatchObject([{ status: "captured" }]);
  });
});

test("what is not understood is refused and changes nothing", async () => {
  const post = (body: string) => fetch(`${service.providerUrl}/charges`, { method: "POST", body });
  for (
    const body of [
      "",
      "{}",
      '{"key":"k","orderId":"o","amount":5,"currency":"EUR"}',
      '{"key":"k","orderId":"o","amount":"5","currency":"XXX"}',
    ]
  ) {
    expect((await post(body)).status).toBe(400);
  }
  expect((await tell(newId(), { capture: "explode" })).status).toBe(400);
  expect((await fetch(`${service.providerUrl}/nothing`)).status).toBe(404);
  await expect(httpProvider("http://127.0.0.1:1").capture(request(), within())).rejects.toThrow();
});
