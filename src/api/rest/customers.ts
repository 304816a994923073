/** `/v1/customers`: who orders. Their orders are in `orders.ts`. */
import type { Context, Hono } from "hono";
import {
  changedCustomerSchema,
  type Customer,
  getCustomer,
  newCustomerSchema,
  registerCustomer,
  updateCustomer,
} from "../../shop/customers/customer.ts";
import { countCustomers, listCustomers } from "../../shop/customers/list-customers.ts";
import { validate } from "../validation.ts";
import { answer } from "./answer.ts";
import { answerRevision, answerUnlessKnown } from "./conditions.ts";
import type { RestDependencies } from "./dependencies.ts";
import { answerList, PAGING } from "./paging.ts";
import { pathId } from "./path-id.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";
import { caughtUp, writeOnce } from "./writing.ts";

export function customerRoutes(app: Hono, dependencies: RestDependencies): void {
  const { system, readModels } = dependencies;

  async function register(c: Context): Promise<Response> {
    readQuery(c, []);
    const body = await readBody(c);
    return await writeOnce(c, dependencies, body, {
      run: (options) => registerCustomer(system, validate(newCustomerSchema, body), options),
      async answer({ id }) {
        const customer = await getCustomer(system, id);
        return answerRevision(c, 201, customerResource(customer), customer, { location: `/v1/customers/${id}` });
      },
    });
  }

  async function list(c: Context): Promise<Response> {
    const paging = readQuery(c, PAGING);
    await caughtUp(c, dependencies);
    return await answerList(c, paging, {
      name: "customers",
      page: (slice) => listCustomers(readModels, slice),
      count: () => countCustomers(readModels),
      present: customerResource,
    });
  }

  async function update(c: Context): Promise<Response> {
    readQuery(c, []);
    const [id, body] = [pathId(c), await readBody(c)];
    return await writeOnce(c, dependencies, body, {
      run: (options) => updateCustomer(system, id, validate(changedCustomerSchema, body), options),
      async answer() {
        const customer = await getCustomer(system, id);
        return answerRevision(c, 200, customerResource(customer), customer);
      },
    });
  }

  resource(app, "/v1/customers", { get: list, post: register });
  resource(app, "/v1/customers/:id", {
    async get(c) {
      readQuery(c, []);
      const customer = await getCustomer(system, pathId(c));
      return answerUnlessKnown(c, customerResource(customer), customer);
    },
    patch: update,
  });
  addressRoutes(app, dependencies);
}

function addressRoutes(app: Hono, { system }: RestDependencies): void {
  resource(app, "/v1/customers/:id/addresses", {
    async get(c) {
      readQuery(c, []);
      const { address } = await getCustomer(system, pathId(c));
      return answer(c, 200, { items: address ? [address] : [] });
    },
  });
}

function customerResource({ createdAt, updatedAt, ...customer }: Customer) {
  const href = `/v1/customers/${customer.id}`;
  return {
    ...customer,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    _links: { self: { href }, orders: { href: `${href}/orders` }, addresses: { href: `${href}/addresses` } },
  };
}
