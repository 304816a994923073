/** `shop.v1.CustomerService`: who orders. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CreateCustomerRequest,
  CreateCustomerRequestSchema,
  type CustomerService,
  type ListCustomersRequest,
  type ListCustomersResponseSchema,
  UpdateCustomerRequestSchema,
} from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import {
  changedCustomerSchema,
  getCustomer,
  type NewCustomer,
  newCustomerSchema,
  registerCustomer,
  updateCustomer,
} from "../../shop/customers/customer.ts";
import { listCustomers } from "../../shop/customers/list-customers.ts";
import { decodeCursor } from "../cursor.ts";
import { validate } from "../validation.ts";
import { createInBulk } from "./bulk.ts";
import { changesIn } from "./changes.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { addressFrom, customerMessage } from "./messages.ts";
import { nextPageToken } from "./pages.ts";
import { requireId, requireValid } from "./validation.ts";
import { tokenOf, writeOnce, type Written } from "./writes.ts";

const LIST = "customers";
/** Read at once while they are streamed. */
const PAGE = 100;

export function customerMethods(dependencies: GrpcDependencies): ServiceImpl<typeof CustomerService> {
  const { system, logger } = dependencies;
  const current = async (id: string) => ({ customer: customerMessage(await getCustomer(system, id)) });
  const written = async (done: Written) => ({ ...await current(done.id), consistencyToken: tokenOf(done) });
  const register = (request: CreateCustomerRequest) =>
    writeOnce(
      dependencies,
      CreateCustomerRequestSchema,
      request,
      (options) => registerCustomer(system, newCustomerFrom(request), options),
    );

  return {
    getCustomer: ({ customerId }) => current(requireId("customer_id", customerId)),
    createCustomer: async (request) => await written(await register(request)),

    async updateCustomer(request) {
      return await written(
        await writeOnce(dependencies, UpdateCustomerRequestSchema, request, (options) => {
          const { username, email, bio, name, address } = request.customer ?? {};
          const given = { username, email, bio, name, address: address && addressFrom(address) };
          const changes = validate(changedCustomerSchema, changesIn(given, request.updateMask));
          return updateCustomer(system, requireId("customer_id", request.customerId), changes, options);
        }),
      );
    },

    listCustomers: (request) => streamed(dependencies, request),

    async batchCreateCustomers(items, { signal }) {
      const stream = { items, signal, logger };
      const { ids, errors, errorCount, position } = await createInBulk(stream, async (request) => {
        requireValid(CreateCustomerRequestSchema, request);
        return await register(request);
      });
      return {
        createdCount: ids.length,
        customerIds: ids,
        errors,
        errorCount,
        consistencyToken: tokenOf({ position }),
      };
    },
  };
}

/** One after the other, read page by page. */
async function* streamed(
  { readModels, consistency }: GrpcDependencies,
  { pageSize, pageToken, consistencyToken }: ListCustomersRequest,
): AsyncGenerator<MessageInitShape<typeof ListCustomersResponseSchema>> {
  let after = pageToken === "" ? undefined : decodeCursor(LIST, pageToken);
  let wanted = pageSize === 0 ? Infinity : pageSize;
  await consistency.caughtUp(consistencyToken || undefined);
  while (wanted > 0) {
    const { items, next } = await listCustomers(readModels, { after, limit: Math.min(PAGE, wanted) });
    yield* items.map((customer, at) => ({
      customer: customerMessage(customer),
      nextPageToken: at === items.length - 1 ? nextPageToken(LIST, next) : "",
    }));
    if (next === undefined) return;
    after = next;
    wanted -= items.length;
  }
}

/** @throws StatewrightError with pointers into the request */
function newCustomerFrom({ username, email, bio, name, address }: CreateCustomerRequest): NewCustomer {
  return validate(newCustomerSchema, {
    email,
    ...(username !== "" && { username }),
    ...(name !== "" && { name }),
    ...(bio !== undefined && { bio }),
    ...(address && { address: addressFrom(address) }),
  });
}
