/** `shop.v1.CatalogService`: what the shop sells. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CatalogService,
  CreateProductRequestSchema,
  DeleteProductRequestSchema,
  UpdateProductRequestSchema,
} from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import type { Money } from "../../../proto/gen/shop/v1/money_pb.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { listProducts, type ProductFilter } from "../../shop/catalogue/list-products.ts";
import {
  changedProductSchema,
  createProduct,
  discontinueProduct,
  getProduct,
  newProductSchema,
  untilOrderable,
  updateProduct,
} from "../../shop/catalogue/product.ts";
import { validate } from "../validation.ts";
import { changesIn } from "./changes.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { productMessage } from "./messages.ts";
import { nextPageToken, readPageRequest } from "./pages.ts";
import { requireId } from "./validation.ts";
import { tokenOf, writeOnce, type Written } from "./writes.ts";

export function catalogueMethods(dependencies: GrpcDependencies): ServiceImpl<typeof CatalogService> {
  const { system, readModels, consistency, clock } = dependencies;
  const current = async (id: string) => ({ product: productMessage(await getProduct(system, id)) });
  const written = async (done: Written) => ({ ...await current(done.id), consistencyToken: tokenOf(done) });

  return {
    getProduct: ({ productId }) => current(requireId("product_id", productId)),

    async listProducts(request) {
      const filter = filterOf(request);
      const list = `products?${filter.minPrice ?? ""}..${filter.maxPrice ?? ""}${filter.currency ?? ""}`;
      const slice = readPageRequest(list, request);
      await consistency.caughtUp(request.consistencyToken || undefined);
      const { items, next } = await listProducts(system, readModels, { ...filter, ...slice });
      return { products: items.map(productMessage), nextPageToken: nextPageToken(list, next) };
    },

    async createProduct(request) {
      const { name, description, price, stock } = request;
      const { id } = await writeOnce(dependencies, CreateProductRequestSchema, request, (options) => {
        const product = {
          name,
          price: price && amountOf(price),
          stock,
          ...(description !== undefined && { description }),
        };
        return createProduct(system, validate(newProductSchema, product), options);
      });
      const position = await untilOrderable(system, clock, id);
      consistency.told(position);
      return await written({ id, position });
    },

    async updateProduct(request) {
      return await written(
        await writeOnce(dependencies, UpdateProductRequestSchema, request, (options) => {
          const { name, description, price } = request.product ?? {};
          const given = { name, description, price: price && amountOf(price) };
          const changes = validate(changedProductSchema, changesIn(given, request.updateMask));
          return updateProduct(system, requireId("product_id", request.productId), changes, options);
        }),
      );
    },

    async deleteProduct(request) {
      const done = await writeOnce(
        dependencies,
        DeleteProductRequestSchema,
        request,
        (options) => discontinueProduct(system, requireId("product_id", request.productId), options),
      );
      return { consistencyToken: tokenOf(done) };
    },
  };
}

function amountOf({ amount, currency }: Money): { amount: string; currency: string } {
  return { amount, currency };
}

/** @throws StatewrightError `INVALID` for bounds in two currencies, or in one that the shop has not */
function filterOf(
  { minPrice, maxPrice }: { readonly [Bound in "minPrice" | "maxPrice"]?: Money | undefined },
): ProductFilter {
  const [first, second = first] = [minPrice, maxPrice].filter((bound) => bound !== undefined).map((bound) =>
    validate(newProductSchema.shape.price, amountOf(bound)).currency
  );
  if (first !== second) {
    throw new StatewrightError("INVALID", "max_price: both bounds are in one currency", {
      errors: [{ pointer: "max_price.currency", detail: "Both bounds are in one currency" }],
    });
  }
  return { minPrice: minPrice?.amount, maxPrice: maxPrice?.amount, currency: first };
}
