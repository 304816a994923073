/** The inspector where people have to say who they are: the staff's, with all of it; nobody else's, with none. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/ids.ts";
import { registerCustomer } from "../../src/shop/customers/customer.ts";
import { eventually } from "../support/eventually.ts";
import { type GuardedShop, startGuardedShop } from "../support/guarded-shop.ts";

let guarded: GuardedShop;
const customerId = newId();
beforeAll(async () => {
  guarded = await startGuardedShop();
  await registerCustomer(guarded.shop.runtime, { name: "Ada Lovelace", email: "ada@example.com" }, { customerId });
});
afterAll(() => guarded.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${guarded.url}/inspect/api/${path}`, { headers });

const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString("base64")}` });
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

describe("nobody known", () => {
  test("gets the page, which is for anybody, and nothing that is in it", async () => {
    const page = await fetch(`${guarded.url}/inspect/`);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toContain("Lovelace");
  });

  test.each(["visitor", "overview", "machines", "search?q=ada", "stream", "dead-letters", "stuck", "nowhere"])(
    "is asked at %s who it is, in a way that a browser asks on",
    async (path) => {
      for (const headers of [{}, basic("sw_unknown"), basic(""), bearer("sw_unknown")]) {
        const answer = await get(path, headers);
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
      }
    },
  );

  test("has no way around it by a change", async () => {
    const answer = await fetch(`${guarded.url}/inspect/api/dead-letters/redrive`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-inspector": "1" },
      body: JSON.stringify({ byReason: "late outcome", reason: "because" }),
    });
    expect(answer.status).toBe(401);
  });
});

test("a customer is refused, also what would be theirs at another door", async () => {
  for (const path of ["overview", `actors/customer/${guarded.customerIds.ada}`, "stream"]) {
    for (const headers of [basic(guarded.keys.ada), bearer(guarded.keys.ada)]) {
      expect((await get(path, headers)).status).toBe(403);
    }
  }
  expect(guarded.audited.at(-1)).toMatchObject({ principal: "key:ada", outcome: "denied: FORBIDDEN" });
});

describe("an operator", () => {
  test("by key or token, as a browser or a program sends it, sees names and may mend", async () => {
    const token = await guarded.issuer.token({ sub: "grace" });
    const said = [basic(guarded.keys.operator), bearer(guarded.keys.operator), basic(token), {
      "x-api-key": guarded.keys.operator,
    }];
    for (const headers of said) {
      expect(await (await get("visitor", headers)).json()).toMatchObject({ mayMend: true, seesPersonal: true });
    }
    await eventually(async () =>
      expect(await (await get("search?q=lovelace", basic(token))).text()).toContain("Lovelace")
    );
  });

  test("has one request counted for each, and is told what is left", async () => {
    const left = async () => {
      const answer = await get("overview", bearer(guarded.keys.admin));
      return Number(/r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1]);
    };
    expect(await left()).toBeGreaterThan(9_900);
  });

  test("is named in the audit for what they mend", async () => {
    const answer = await fetch(`${guarded.url}/inspect/api/actors/customer/${customerId}/propose`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-inspector": "1", ...basic(guarded.keys.operator) },
      body: JSON.stringify({ event: { type: "CustomerChanged", name: "Ada King" }, reason: "she has married" }),
    });
    const told = await answer.json();
    const [row] = await guarded.shop.store.audits({ subject: `customer/${customerId}`, limit: 1 });
    expect([answer.status, row], JSON.stringify(told)).toMatchObject([200, {
      who: "key:operator",
      action: "propose",
      reason: "she has married",
    }]);
  });
});
