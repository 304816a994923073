import { startGraphQLShop } from "../../support/graphql-shop.ts";
import { ADDRESS } from "../../support/shop-client.ts";
import { type Door, plainStatus, Refused, type SeenOrder } from "./door.ts";

const ORDER = `id: orderId customerId: customer { id: customerId } status state version trackingNumber
  items { productId: product { id: productId } quantity unitPrice { amount currency } }
  total { amount currency } offers: allowedActions`;

interface Payload {
  readonly userErrors: readonly { readonly code: string; readonly message: string }[];
  readonly order?: GraphQLOrder;
  readonly customer?: { readonly id: string };
  readonly product?: { readonly id: string };
}

type GraphQLOrder = Omit<SeenOrder, "items" | "customerId"> & {
  readonly customerId: { readonly id: string };
  readonly items:
    readonly (Omit<SeenOrder["items"][number], "productId"> & { readonly productId: { readonly id: string } })[];
};

export async function openGraphQLDoor(): Promise<Door> {
  const graphql = await startGraphQLShop();

  /** @throws Refused by what stands in the place of the data */
  async function ask(document: string, variables: object) {
    const { data, errors: [error] } = await graphql.ask(document, variables);
    if (error) throw new Refused(String(error.extensions["code"]), error.message);
    return data;
  }

  async function mutate(name: string, input: object, returned: string): Promise<Payload> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
    const document =
      `mutation($input: ${type}) { done: ${name}(input: $input) { ${returned} userErrors { code message } } }`;
    const { done } = await ask(document, { input }) as { done: Payload };
    const [error] = done.userErrors;
    if (error) throw new Refused(error.code, error.message);
    return done;
  }

  const keyed = (key: string | undefined) => ({ ...(key !== undefined && { clientMutationId: key }) });
  return {
    name: "GraphQL",
    shop: graphql.shop,
    createCustomer: async (customer, key) =>
      (await mutate("createCustomer", { ...customer, ...keyed(key) }, "customer { id: customerId }")).customer!.id,
    async createProduct({ name, amount, currency, stock }, key) {
      const product = { name, price: { amount, currency }, stock, ...keyed(key) };
      return (await mutate("createProduct", product, "product { id: productId }")).product!.id;
    },
    async renameProduct(productId, name) {
      await mutate("updateProduct", { productId, name }, "");
    },
    async discontinueProduct(productId) {
      await mutate("deleteProduct", { productId }, "");
    },
    async createOrder(customerId, items, key) {
      const cart = { customerId, items, shippingAddress: ADDRESS, ...keyed(key) };
      return seen((await mutate("createOrder", cart, `order { ${ORDER} }`)).order!);
    },
    async ask(orderId, action, { key, expectedVersion, trackingNumber, reason }) {
      const details = {
        changeShippingAddress: { shippingAddress: ADDRESS },
        cancel: { reason },
        ship: { trackingNumber },
        deliver: {},
      }[action];
      const name = action === "changeShippingAddress" ? action : `${action}Order`;
      const input = { orderId, expectedVersion, ...details, ...keyed(key) };
      return seen((await mutate(name, input, `order { ${ORDER} }`)).order!);
    },
    order: async (id) => seen((await ask(`query($id: ID!) { order(id: $id) { ${ORDER} } }`, { id })).order),
    async ordersOf(id) {
      const { orders } = await ask(
        "query($id: ID!) { orders(customerId: $id) { nodes: edges { node { orderId } } } }",
        {
          id,
        },
      );
      return orders.nodes.map(({ node }: { node: { orderId: string } }) => node.orderId);
    },
    async product(id) {
      const { product } = await ask("query($id: ID!) { product(id: $id) { name stock { available } } }", { id });
      return { name: product.name, available: product.stock.available };
    },
    customer: async (id) => (await ask("query($id: ID!) { customer(id: $id) { name email } }", { id })).customer,
    stop: graphql.stop,
  };
}

function seen(order: GraphQLOrder): SeenOrder {
  const camel = (name: string) =>
    name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return {
    ...order,
    customerId: order.customerId.id,
    status: plainStatus(order.status),
    items: order.items.map(({ productId, ...item }) => ({ ...item, productId: productId.id })),
    trackingNumber: order.trackingNumber ?? undefined,
    offers: order.offers.map(camel),
  };
}
