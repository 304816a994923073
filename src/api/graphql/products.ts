/** Products: what the shop sells. */
import { z } from "zod";
import { countProducts, listProducts } from "../../shop/catalogue/list-products.ts";
import { getProduct, newProductSchema } from "../../shop/catalogue/product.ts";
import { validate } from "../validation.ts";
import type { Builder } from "./builder.ts";
import { plainId } from "./global-id.ts";
import { connection, listArguments, tokenArgument } from "./lists.ts";
import { loadNode } from "./nodes.ts";

const { amount, currency } = newProductSchema.shape.price.shape;
const filterSchema = z.strictObject({
  minPrice: amount.optional(),
  maxPrice: amount.optional(),
  currency: currency.optional(),
});

export function defineProducts(builder: Builder): void {
  builder.objectType("Stock", {
    fields: (t) => ({ available: t.exposeInt("available"), reserved: t.exposeInt("reserved") }),
  });
  builder.node("Product", {
    description: "What the catalogue says of it, or said last when it was taken out.",
    id: { resolve: ({ id }) => id },
    loadOne: loadNode.Product,
    fields: (t) => ({
      productId: t.exposeID("id", { description: "The plain id, as the other doors have it." }),
      name: t.exposeString("name"),
      description: t.exposeString("description", { nullable: true }),
      price: t.expose("price", { type: "Money" }),
      stock: t.field({
        type: "Stock",
        description: "What is on the shelf.",
        resolve: ({ id, stock }, _, { loaders }) => stock ?? loaders.stock.load(id),
      }),
      version: t.exposeInt("version"),
      createdAt: t.expose("createdAt", { type: "DateTime" }),
      updatedAt: t.expose("updatedAt", { type: "DateTime" }),
    }),
  });
}

export function defineProductQueries(builder: Builder): void {
  builder.queryFields((t) => ({
    product: t.field({
      type: "Product",
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, { dependencies }) => getProduct(dependencies.system, plainId("Product", "id", id)),
    }),
    products: t.field({
      type: builder.connectionObject({ type: "Product", name: "ProductConnection" }),
      description: "What can be ordered, the oldest first. Prices are whole minor units, bounds included.",
      args: {
        ...listArguments(t.arg),
        minPrice: t.arg.string(),
        maxPrice: t.arg.string(),
        currency: t.arg.string(),
        consistencyToken: tokenArgument(t.arg),
      },
      async resolve(_, { consistencyToken, minPrice, maxPrice, currency, ...args }, context) {
        const { consistency, readModels, system } = context.dependencies;
        const filter = validate(filterSchema, {
          minPrice: minPrice ?? undefined,
          maxPrice: maxPrice ?? undefined,
          currency: currency ?? undefined,
        });
        await consistency.caughtUp(consistencyToken ?? undefined);
        return await connection(context, args, {
          name: `products?${JSON.stringify(filter)}`,
          page: (slice) => listProducts(system, readModels, { ...slice, ...filter }),
          count: () => countProducts(readModels, filter),
        });
      },
    }),
  }));
}
