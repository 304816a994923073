/** What has a global id, by its plain one, as it stands: from the actor itself. */
import { getProduct } from "../../shop/catalogue/product.ts";
import { getCustomer } from "../../shop/customers/customer.ts";
import { getOrder } from "../../shop/orders/order.ts";
import type { GraphQLContext } from "./context.ts";

export const loadNode = {
  Order: (id: string, { dependencies }: GraphQLContext) => getOrder(dependencies.system, id),
  Customer: (id: string, { dependencies }: GraphQLContext) => getCustomer(dependencies.system, id),
  Product: (id: string, { dependencies }: GraphQLContext) => getProduct(dependencies.system, id),
};
