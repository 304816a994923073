/** `/v1/products`: the catalogue. */
import type { Context, Hono } from "hono";
import { countProducts, listProducts, type ProductFilter } from "../../shop/catalogue/list-products.ts";
import {
  changedProductSchema,
  createProduct,
  discontinueProduct,
  getProduct,
  newProductSchema,
  type Product,
  replacedProductSchema,
  replaceProduct,
  untilOrderable,
  updateProduct,
} from "../../shop/catalogue/product.ts";
import { validate } from "../validation.ts";
import { answerRevision, answerUnlessKnown, type Revision } from "./conditions.ts";
import type { RestDependencies } from "./dependencies.ts";
import { answerList, PAGING } from "./paging.ts";
import { pathId } from "./path-id.ts";
import { readParameter, readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";
import { caughtUp, type Write, writeOnce } from "./writing.ts";

const amountSchema = newProductSchema.shape.price.shape.amount.optional();
const currencySchema = newProductSchema.shape.price.shape.currency.optional();

export function productRoutes(app: Hono, dependencies: RestDependencies): void {
  const { system } = dependencies;

  async function write(c: Context, body: unknown, run: Write["run"]): Promise<Response> {
    readQuery(c, []);
    const id = pathId(c);
    return await writeOnce(c, dependencies, body, {
      run,
      async answer() {
        if (c.req.method === "DELETE") return respond(c, 204, null);
        const product = await getProduct(system, id);
        return answerRevision(c, 200, productResource(product), revisionOf(product));
      },
    });
  }

  resource(app, "/v1/products", { get: (c) => list(c, dependencies), post: (c) => create(c, dependencies) });
  resource(app, "/v1/products/:id", {
    async get(c) {
      readQuery(c, []);
      const product = await getProduct(system, pathId(c));
      return answerUnlessKnown(c, productResource(product), revisionOf(product));
    },
    async put(c) {
      const body = await readBody(c);
      return await write(
        c,
        body,
        (options) => replaceProduct(system, pathId(c), validate(replacedProductSchema, body), options),
      );
    },
    async patch(c) {
      const body = await readBody(c);
      return await write(
        c,
        body,
        (options) => updateProduct(system, pathId(c), validate(changedProductSchema, body), options),
      );
    },
    delete: (c) => write(c, {}, (options) => discontinueProduct(system, pathId(c), options)),
  });
}

async function create(c: Context, dependencies: RestDependencies): Promise<Response> {
  const { system, consistency, clock } = dependencies;
  readQuery(c, []);
  const body = await readBody(c);
  return await writeOnce(c, dependencies, body, {
    run: (options) => createProduct(system, validate(newProductSchema, body), options),
    async answer({ id }) {
      // "Created" means that it can be ordered.
      consistency.told(await untilOrderable(system, clock, id));
      const product = await getProduct(system, id);
      return answerRevision(c, 201, productResource(product), revisionOf(product), {
        location: `/v1/products/${id}`,
      });
    },
  });
}

async function list(c: Context, dependencies: RestDependencies): Promise<Response> {
  const { system, readModels } = dependencies;
  const { min_price, max_price, currency, ...paging } = readQuery(c, [
    "min_price",
    "max_price",
    "currency",
    "skip",
    ...PAGING,
  ]);
  const filter: ProductFilter = {
    minPrice: readParameter("min_price", amountSchema, min_price),
    maxPrice: readParameter("max_price", amountSchema, max_price),
    currency: readParameter("currency", currencySchema, currency),
  };
  await caughtUp(c, dependencies);
  return await answerList(c, paging, {
    name: `products?${JSON.stringify(filter)}`,
    page: (slice) => listProducts(system, readModels, { ...slice, ...filter }),
    count: () => countProducts(readModels, filter),
    present: productResource,
  });
}

function productResource({ createdAt, updatedAt, ...product }: Product) {
  return {
    ...product,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    _links: { self: { href: `/v1/products/${product.id}` } },
  };
}

/** What is on the shelf changes without the product. */
function revisionOf({ version, stock }: Product): Revision {
  return { version, more: `${stock.available}.${stock.reserved}` };
}
