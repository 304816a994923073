/** The same list, asked of a real database by command. */
import { afterEach, expect, test } from "vitest";
import { Customers } from "../property/shop/customers.ts";
import { eventually } from "../support/eventually.ts";
import { freshDatabase } from "../support/postgres.ts";
import { killPrograms, runProgram } from "../support/programs.ts";
import { beginShop, postgresWorld } from "../support/shop-life.ts";

afterEach(killPrograms);

test("the command finds what is wrong in a database", async () => {
  const database = await freshDatabase();
  const shop = await beginShop(await postgresWorld(database.url));
  const customers = new Customers(shop);
  await customers.open();
  const { orderId } = await customers.place([{ product: 0, quantity: 1 }]);
  await eventually(async () => {
    expect((await shop.runtime().actor("order", orderId!).snapshot())?.state).toBe("confirmed");
  });
  await shop.end();
  const check = () => runProgram("test/invariants/check.ts", { args: [database.url] });

  // The provider of this shop keeps its books elsewhere: its charge is missing here.
  const unpaid = check();
  expect(await unpaid.ended).toBe(1);
  expect(unpaid.stdout()).toContain(`order/${orderId} is confirmed, and the provider says none`);
  await database.query(`insert into demo_provider.charges (key, order_id, amount, currency, status)
    values ('capture:${orderId}', '${orderId}', 1000, 'EUR', 'captured')`);
  const paid = check();
  expect([await paid.ended, paid.stdout()]).toEqual([0, expect.stringMatching(/^Violations: 0\. /)]);
  await database.drop();
});
