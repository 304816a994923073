/**
 * The promise: a crash at any point loses no acknowledged work. A real process with 200 orders in flight is killed,
 * twice, and started again; then the books are compared: the orders', the shelves', and the payment provider's own.
 */
import { afterEach, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { killPrograms, runProgram } from "../support/programs.ts";
import { shopClient } from "../support/shop-client.ts";
import { removeTemporaryFolders, temporaryFolder } from "../support/temporary-folder.ts";

const ORDERS = 200;
const PRODUCTS = 5;
/** Less than is ordered, so that some orders end out of stock. */
const STOCK = 60;

afterEach(async () => {
  await killPrograms();
  removeTemporaryFolders();
});

async function start(folder: string) {
  const program = runProgram("src/main.ts", { args: ["--no-demo"], env: { STATEWRIGHT_DATA: folder, HTTP_PORT: "0" } });
  const url = (await program.says(/http:\/\/localhost:\d+(?=\/v1\/orders)/)).replace("localhost", "127.0.0.1");
  return { program, client: shopClient(url) };
}

it("kill -9 with 200 orders in flight loses nothing and charges nobody twice", async () => {
  const folder = temporaryFolder();
  let { program, client } = await start(folder);
  const customer = await client.customer();
  const products = await Promise.all(
    Array.from({ length: PRODUCTS }, (_, i) => client.product(i === 0 ? "60000" : "1000", STOCK)),
  );
  const acknowledged = new Set<string>();

  const placeSome = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, async (_, i) => {
      const lines = { [products[i % PRODUCTS]!]: 1 + i % 2, [products[(i + 1) % PRODUCTS]!]: 1 };
      const { status, body } = await client.place(customer, lines);
      if (status === 201) acknowledged.add(body.id);
    }));

  for (const moment of [40, 250]) {
    const placing = placeSome(ORDERS / 2);
    await new Promise((resolve) => setTimeout(resolve, moment));
    await eventually(() => expect(acknowledged.size).toBeGreaterThan(0));
    program.kill("SIGKILL");
    await placing;
    await program.ended;
    ({ program, client } = await start(folder));
  }
  await placeSome(20);

  // Everything comes to an end; what was acknowledged is there.
  const orders = new Map<string, { id: string; status: string; items: { productId: string; quantity: number }[] }>();
  await eventually(async () => {
    let next: string | null = "";
    orders.clear();
    while (next !== null) {
      const page: { items: { id: string; status: string; items: [] }[]; next: string | null } =
        (await client.get(`/v1/orders?limit=100${next && `&after=${next}`}`)).body;
      for (const order of page.items) orders.set(order.id, order);
      next = page.next ?? null;
    }
    const open = [...orders.values()].filter(({ status }) => status !== "confirmed" && status !== "cancelled");
    expect(open.map(({ id, status }) => `${id} ${status}`)).toEqual([]);
    expect([...acknowledged].filter((id) => !orders.has(id))).toEqual([]);
  }, 40_000);

  // The provider charged the confirmed ones, once each, and nobody else.
  const { items: charges } = (await client.get("/demo/provider/charges")).body as {
    items: { orderId: string; status: string }[];
  };
  const captured = charges.filter(({ status }) => status === "captured").map(({ orderId }) => orderId).toSorted();
  const confirmed = [...orders.values()].filter(({ status }) => status === "confirmed");
  expect(captured).toEqual(confirmed.map(({ id }) => id).toSorted());
  expect(confirmed.length).toBeGreaterThan(0);
  expect(confirmed.length).toBeLessThan(orders.size);

  // What is reserved is what the confirmed orders hold, and nothing was oversold.
  for (const product of products) {
    const held = confirmed.flatMap(({ items }) => items).filter(({ productId }) => productId === product)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    expect(await client.stock(product)).toEqual({ available: STOCK - held, reserved: held });
  }
}, 90_000);
