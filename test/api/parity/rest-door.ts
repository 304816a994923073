import { ADDRESS, type Answer, shopClient } from "../../support/shop-client.ts";
import { startShopService } from "../../support/shop-service.ts";
import { type Door, plainStatus, Refused, type SeenOrder } from "./door.ts";

/** What an order always links to. */
const NO_OFFERS = ["self", "events", "stream", "details", "customer"];

/** Asks by following the links that the order itself offers, where it offers them. */
export async function openRestDoor(): Promise<Door> {
  const shop = await startShopService();
  const { call } = shopClient(shop.url);
  const accepted = async (answer: Promise<Answer>): Promise<Answer["body"]> => {
    const { status, body } = await answer;
    if (status >= 400) throw new Refused(body.code, body.detail);
    return body;
  };
  const keyed = (key: string | undefined) => ({ ...(key !== undefined && { "idempotency-key": key }) });
  const get = (path: string) => accepted(call("GET", path));

  return {
    name: "REST",
    shop,
    createCustomer: async (customer, key) => (await accepted(call("POST", "/v1/customers", customer, keyed(key)))).id,
    async createProduct({ name, amount, currency, stock }, key) {
      const product = { name, price: { amount, currency }, stock };
      return (await accepted(call("POST", "/v1/products", product, keyed(key)))).id;
    },
    async renameProduct(id, name) {
      await accepted(call("PATCH", `/v1/products/${id}`, { name }));
    },
    async discontinueProduct(id) {
      await accepted(call("DELETE", `/v1/products/${id}`));
    },
    async createOrder(customerId, items, key) {
      return seen(
        await accepted(call("POST", "/v1/orders", { customerId, items, shippingAddress: ADDRESS }, keyed(key))),
      );
    },
    async ask(orderId, action, { key, expectedVersion, trackingNumber, reason }) {
      const offered = (await call("GET", `/v1/orders/${orderId}`)).body?._links?.[action];
      const usual = action === "changeShippingAddress"
        ? { href: `/v1/orders/${orderId}`, method: "PATCH" }
        : { href: `/v1/orders/${orderId}/${action}`, method: "POST" };
      const { href, method } = offered ?? usual;
      const body = action === "changeShippingAddress" ? { shippingAddress: ADDRESS } : { trackingNumber, reason };
      const condition = expectedVersion === undefined ? {} : { "if-match": `"${expectedVersion}"` };
      return seen(await accepted(call(method, href, body, { ...keyed(key), ...condition })));
    },
    order: async (id) => seen(await get(`/v1/orders/${id}`)),
    ordersOf: async (customerId) =>
      (await get(`/v1/orders?customer_id=${customerId}`)).items.map(({ id }: { id: string }) => id),
    async product(id) {
      const { name, stock: { available } } = await get(`/v1/products/${id}`);
      return { name, available };
    },
    async customer(id) {
      const { name, email } = await get(`/v1/customers/${id}`);
      return { name, email };
    },
    stop: shop.stop,
  };
}

function seen(
  { id, customerId, status, state, version, items, total, trackingNumber, _links }: Answer["body"],
): SeenOrder {
  const offers = Object.keys(_links).filter((name) => !NO_OFFERS.includes(name));
  return { id, customerId, status: plainStatus(status), state, version, items, total, trackingNumber, offers };
}
