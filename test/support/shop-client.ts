/** A client of the REST door, as tests need one: it says what it got and asserts nothing. */
import { newId } from "../../src/kernel/ids.ts";
import { eventually } from "./eventually.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Whatever the service says; each test knows its shape. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export const ADDRESS = { line1: "1 Main St", city: "Berlin", postalCode: "10115", country: "DE" };

export type ShopClient = ReturnType<typeof shopClient>;

export function shopClient(url: string) {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  }
  const get = (path: string) => call("GET", path);
  const post = (path: string, body: unknown, headers?: Record<string, string>) => call("POST", path, body, headers);

  return {
    call,
    get,
    post,
    /** What is no JSON. */
    async text(path: string): Promise<string> {
      return await (await fetch(`${url}${path}`)).text();
    },
    async product(amount: string, stock: number, currency = "EUR"): Promise<string> {
      return (await post("/v1/products", { name: `Product ${newId()}`, price: { amount, currency }, stock })).body.id;
    },
    async customer(): Promise<string> {
      return (await post("/v1/customers", { name: "Ada", email: "ada@example.com" })).body.id;
    },
    /** Places an order; `lines` are product ids with quantities. */
    place(
      customerId: string,
      lines: Readonly<Record<string, number>>,
      headers?: Record<string, string>,
    ): Promise<Answer> {
      const items = Object.entries(lines).map(([productId, quantity]) => ({ productId, quantity }));
      return post("/v1/orders", { customerId, items, shippingAddress: ADDRESS }, headers);
    },
    /** The order once it has that status. */
    async reaches(orderId: string, status: string, timeoutMs = 15_000): Promise<Answer["body"]> {
      let order: Answer["body"];
      await eventually(async () => {
        order = (await get(`/v1/orders/${orderId}`)).body;
        if (order.status !== status) {
          throw new Error(`order ${orderId} is ${order.status} (${order.state}), not ${status}`);
        }
      }, timeoutMs);
      return order;
    },
    async eventTypes(orderId: string): Promise<string[]> {
      return (await get(`/v1/orders/${orderId}/events`)).body.items.map(({ type }: { type: string }) => type);
    },
    async stock(productId: string): Promise<{ available: number; reserved: number }> {
      return (await get(`/v1/products/${productId}`)).body.stock;
    },
    /** What the payment provider says of an order; undefined when it was never asked. */
    async charge(orderId: string): Promise<{ status: string; amount: string; currency: string } | undefined> {
      const { items } = (await get("/demo/provider/charges")).body;
      return items.find((charge: { orderId: string }) => charge.orderId === orderId);
    },
  };
}
