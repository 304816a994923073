/** Customers registered, products listed, and both changed. */
import {
  changedProductSchema,
  createProduct,
  discontinueProduct,
  getProduct,
  newProductSchema,
  untilOrderable,
  updateProduct,
} from "../../shop/catalogue/product.ts";
import {
  changedCustomerSchema,
  getCustomer,
  newCustomerSchema,
  registerCustomer,
  updateCustomer,
} from "../../shop/customers/customer.ts";
import { validate } from "../validation.ts";
import type { Builder, Types } from "./builder.ts";
import { plainId } from "./global-id.ts";
import { type Outcome, outcomeFields, versionField, withoutNulls, write } from "./mutations.ts";
import type { Inputs } from "./shared-types.ts";

export function defineCustomerMutations(builder: Builder, { address }: Inputs): void {
  builder.relayMutationField("createCustomer", {
    inputFields: (t) => ({
      name: t.string({ description: "Default: the user name." }),
      username: t.string(),
      email: t.string({ required: true }),
      bio: t.string(),
      address: t.field({ type: address }),
    }),
  }, {
    description: "Registers a customer.",
    resolve: (_, { input }, context) =>
      write(context, "createCustomer", input, (options) => {
        const { clientMutationId: _key, ...customer } = withoutNulls(input);
        return registerCustomer(context.dependencies.system, validate(newCustomerSchema, customer), options);
      }),
  }, { outputFields: customerPayload });

  builder.relayMutationField("updateCustomer", {
    description: "What is left out stays as it is; what is null goes away.",
    inputFields: (t) => ({
      customerId: t.id({ required: true }),
      expectedVersion: versionField(t),
      name: t.string(),
      username: t.string(),
      email: t.string(),
      bio: t.string(),
      address: t.field({ type: address }),
    }),
  }, {
    description: "Changes what is named.",
    resolve: (_, { input }, context) =>
      write(context, "updateCustomer", input, (options) => {
        const { customerId, expectedVersion: _expected, clientMutationId: _key, ...given } = input;
        const changes = validate(changedCustomerSchema, given);
        return updateCustomer(
          context.dependencies.system,
          plainId("Customer", "customerId", customerId),
          changes,
          options,
        );
      }),
  }, { outputFields: customerPayload });
}

export function defineProductCreation(builder: Builder, { money }: Inputs): void {
  builder.relayMutationField("createProduct", {
    inputFields: (t) => ({
      name: t.string({ required: true }),
      description: t.string(),
      price: t.field({ type: money, required: true }),
      stock: t.int({ required: true, description: "What is on the shelf on the first day." }),
    }),
  }, {
    description: "Lists a new product; answers once it can be ordered.",
    async resolve(_, { input }, context) {
      const { system, clock, consistency } = context.dependencies;
      const outcome = await write(context, "createProduct", input, (options) => {
        const { clientMutationId: _key, ...product } = withoutNulls(input);
        return createProduct(system, validate(newProductSchema, product), options);
      });
      if (outcome.id === undefined) return outcome;
      const position = await untilOrderable(system, clock, outcome.id);
      consistency.told(position);
      return { ...outcome, position };
    },
  }, { outputFields: productPayload });
}

export function defineProductChanges(builder: Builder, { money }: Inputs): void {
  builder.relayMutationField("updateProduct", {
    description: "What is left out stays as it is; a description that is null goes away.",
    inputFields: (t) => ({
      productId: t.id({ required: true }),
      expectedVersion: versionField(t),
      name: t.string(),
      description: t.string(),
      price: t.field({ type: money }),
    }),
  }, {
    description: "Changes what is named.",
    resolve: (_, { input }, context) =>
      write(context, "updateProduct", input, (options) => {
        const { productId, expectedVersion: _expected, clientMutationId: _key, ...given } = input;
        const changes = validate(changedProductSchema, given);
        return updateProduct(context.dependencies.system, plainId("Product", "productId", productId), changes, options);
      }),
  }, { outputFields: productPayload });

  builder.relayMutationField("deleteProduct", {
    inputFields: (t) => ({ productId: t.id({ required: true }), expectedVersion: versionField(t) }),
  }, {
    description: "Takes it out of the catalogue for good; what was ordered before is not concerned.",
    resolve: (_, { input }, context) =>
      write(context, "deleteProduct", input, (options) => {
        const id = plainId("Product", "productId", input.productId);
        return discontinueProduct(context.dependencies.system, id, options);
      }),
  }, {
    outputFields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Outcome>) => ({
      productId: t.id({ nullable: true, resolve: ({ id }) => id ?? null }),
      ...outcomeFields(t),
    }),
  });
}

function customerPayload(t: PothosSchemaTypes.ObjectFieldBuilder<Types, Outcome>) {
  return {
    customer: t.field({
      type: "Customer",
      nullable: true,
      resolve: ({ id }, _, { dependencies }) => id === undefined ? null : getCustomer(dependencies.system, id),
    }),
    ...outcomeFields(t),
  };
}

function productPayload(t: PothosSchemaTypes.ObjectFieldBuilder<Types, Outcome>) {
  return {
    product: t.field({
      type: "Product",
      nullable: true,
      resolve: ({ id }, _, { dependencies }) => id === undefined ? null : getProduct(dependencies.system, id),
    }),
    ...outcomeFields(t),
  };
}
