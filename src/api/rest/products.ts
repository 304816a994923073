/** `/v1/products`: the catalogue. */
import type { Context, Hono } from "hono";
import { listProducts } from "../../shop/catalogue/list-products.ts";
import { getProduct, listProduct, newProductSchema, untilOrderable } from "../../shop/catalogue/product.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { validate } from "../validation.ts";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { oncePerKey } from "./idempotency.ts";
import { pathId } from "./path-id.ts";
import { readLimit, readQuery } from "./query.ts";
import type { ReadYourWrites } from "./read-your-writes.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";

export function productRoutes(app: Hono, dependencies: RestDependencies, writes: ReadYourWrites): void {
  const { system, readModels, clock } = dependencies;

  async function create(c: Context): Promise<Response> {
    readQuery(c, []);
    const body = await readBody(c);
    const created = async (id: string) => {
      // "Created" means that it can be ordered.
      writes.told(await untilOrderable(system, clock, id));
      return answerJson(c, 201, await getProduct(system, id), { location: `/v1/products/${id}` });
    };
    return await oncePerKey(c, dependencies, body, {
      async run(requestKey) {
        const receipt = await listProduct(system, validate(newProductSchema, body), requestKey && { requestKey });
        return await created(receipt.actor.id);
      },
      replay: ({ id }) => created(id),
    });
  }

  async function list(c: Context): Promise<Response> {
    const query = readQuery(c, ["limit", "after"]);
    const after = query.after === undefined ? undefined : decodeCursor("products", query.after);
    const limit = readLimit(query.limit);
    await writes.caughtUp();
    const page = await listProducts(system, readModels, { after, limit });
    return answerJson(c, 200, {
      items: page.items,
      next: page.next === undefined ? null : encodeCursor("products", page.next),
    });
  }

  async function read(c: Context): Promise<Response> {
    readQuery(c, []);
    return answerJson(c, 200, await getProduct(system, pathId(c)));
  }

  resource(app, "/v1/products", { get: list, post: create });
  resource(app, "/v1/products/:id", { get: read });
}
