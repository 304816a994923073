/** The whole schema, as a federation subgraph: it is served as it is, or composed with others by a gateway. */
import type { GraphQLSchema } from "graphql";
import { createBuilder } from "./builder.ts";
import { defineCustomerMutations, defineProductChanges, defineProductCreation } from "./catalogue-mutations.ts";
import { defineCustomers } from "./customers.ts";
import { defineFederation, subgraphSdl } from "./federation.ts";
import { defineInterventions } from "./interventions.ts";
import { defineLists } from "./lists.ts";
import { defineOrderDetails } from "./order-details.ts";
import { defineOrderMutations } from "./order-mutations.ts";
import { defineOrderQueries, defineOrders } from "./orders.ts";
import { defineProductQueries, defineProducts } from "./products.ts";
import { defineInputs, defineSharedTypes, defineUserErrors } from "./shared-types.ts";
import { defineSubscriptions } from "./subscriptions.ts";

/** @param end once aborted, subscriptions end */
export function createSchema(end: AbortSignal): GraphQLSchema {
  const builder = createBuilder();
  builder.queryType({});
  builder.mutationType({});
  defineSharedTypes(builder);
  defineLists(builder);
  const orders = defineOrders(builder);
  defineOrderQueries(builder, orders);
  defineOrderDetails(builder, orders);
  defineInterventions(builder);
  defineCustomers(builder);
  defineProducts(builder);
  defineProductQueries(builder);
  const inputs = defineInputs(builder);
  defineUserErrors(builder);
  defineOrderMutations(builder, inputs);
  defineCustomerMutations(builder, inputs);
  defineProductCreation(builder, inputs);
  defineProductChanges(builder, inputs);
  defineSubscriptions(builder, orders, end);
  let sdl: string | undefined;
  defineFederation(builder, () => sdl ??= subgraphSdl(schema));
  const schema = builder.toSchema();
  return schema;
}
