/** A client that says how long it waits is answered by then, by REST and by GraphQL as by Connect. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inTime } from "../../src/api/deadline.ts";
import { createRestApp } from "../../src/api/rest/app.ts";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { type GraphQLShop, startGraphQLShop } from "../support/graphql-shop.ts";
import { shopClient } from "../support/shop-client.ts";

describe("the time", () => {
  test("is over when the clock says so, and the work goes on", async () => {
    const clock = createManualClock();
    const work = Promise.withResolvers<string>();
    const waiting = inTime(clock, "50", () => work.promise);
    clock.advance(49);
    expect(await Promise.race([waiting, Promise.resolve("waits")])).toBe("waits");
    clock.advance(1);
    await expect(waiting).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    work.resolve("done");
  });

  test("that is none left begins nothing", async () => {
    let begun = false;
    await expect(inTime(createManualClock(), "0", async () => begun = true)).rejects.toThrow();
    expect(begun).toBe(false);
  });

  test.each(["", "-1", "1.5", "1e3", "a minute", "12345678901"])("%j is no time", async (text) => {
    await expect(inTime(createManualClock(), text, async () => 1)).rejects.toMatchObject({ code: "MALFORMED" });
  });

  test("may be as long as the header can say", async () => {
    expect(await inTime(createManualClock(), "9999999999", async () => 1)).toBe(1);
  });
});

describe("through the doors", () => {
  let graphql: GraphQLShop;
  let customerId: string;
  let isSlow = false;
  beforeAll(async () => {
    graphql = await startGraphQLShop({
      with: (own) => ({
        ...own,
        system: {
          actor(type, id) {
            const actor = own.system.actor(type, id);
            const never = new Promise<undefined>(() => {});
            return { ...actor, snapshot: () => isSlow ? never : actor.snapshot() };
          },
        },
      }),
    });
    customerId = await shopClient(graphql.shop.url).customer();
  });
  afterAll(() => graphql.stop());

  const READ = "query($id: ID!) { customer(id: $id) { name } }";

  test("GraphQL: an answer in time, 504 after it, 400 for what is no time", async () => {
    const ask = (timeout: string) => graphql.ask(READ, { id: customerId }, { "connect-timeout-ms": timeout });
    expect(await ask("20000")).toMatchObject({ status: 200, data: { customer: { name: "Ada" } }, errors: [] });
    expect((await ask("soon")).errors[0]?.extensions["code"]).toBe("MALFORMED");
    isSlow = true;
    const { status, errors } = await ask("50");
    isSlow = false;
    expect({ status, code: errors[0]?.extensions["code"] }).toEqual({ status: 504, code: "DEADLINE_EXCEEDED" });
  });

  test("REST: the same", async () => {
    const never = { ...graphql.shop.doors.system, actor: () => ({ snapshot: () => new Promise(() => {}) }) };
    const doors = { ...graphql.shop.doors, system: never as never, notReady: async () => [] };
    const ask = (timeout: string, path = `/v1/customers/${customerId}`) =>
      createRestApp(doors).request(path, { headers: { "connect-timeout-ms": timeout } });
    expect((await ask("20000", "/livez")).status).toBe(200);
    expect((await ask("soon")).status).toBe(400);
    const late = await ask("50");
    expect([late.status, await late.json()]).toMatchObject([504, { code: "DEADLINE_EXCEEDED" }]);
  });
});
