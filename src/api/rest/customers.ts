/** `/v1/customers`: who orders. */
import type { Context, Hono } from "hono";
import { type Customer, getCustomer, newCustomerSchema, registerCustomer } from "../../shop/customer.ts";
import { validate } from "../validation.ts";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { oncePerKey } from "./idempotency.ts";
import { pathId } from "./path-id.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";

export function customerRoutes(app: Hono, dependencies: RestDependencies): void {
  const { system } = dependencies;

  async function register(c: Context): Promise<Response> {
    readQuery(c, []);
    const body = await readBody(c);
    const created = async (id: string) =>
      answerJson(c, 201, presented(await getCustomer(system, id)), { location: `/v1/customers/${id}` });
    return await oncePerKey(c, dependencies, body, {
      async run(requestKey) {
        const receipt = await registerCustomer(system, validate(newCustomerSchema, body), requestKey && { requestKey });
        return await created(receipt.actor.id);
      },
      replay: ({ id }) => created(id),
    });
  }

  async function read(c: Context): Promise<Response> {
    readQuery(c, []);
    return answerJson(c, 200, presented(await getCustomer(system, pathId(c))));
  }

  resource(app, "/v1/customers", { post: register });
  resource(app, "/v1/customers/:id", { get: read });
}

function presented({ createdAt, ...customer }: Customer) {
  return { ...customer, createdAt: new Date(createdAt).toISOString() };
}
