/** The shop as one subgraph of several: composed by a gateway with another one, and asked through it. */
import { getStitchedSchemaFromSupergraphSdl } from "@graphql-tools/federation";
import { composeServices } from "@theguild/federation-composition";
import { type ExecutionResult, graphql as execute, GraphQLError, type GraphQLSchema, parse, print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";

/** Somebody else's service: it knows orders and products by their plain ids, and customers by their global ones. */
const REVIEWS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable"])
  type Query { latestReview: Review! }
  type Review { text: String! product: Product! order: Order! author: Customer! }
  type Product @key(fields: "productId") { productId: ID! reviews: [Review!]! }
  type Order @key(fields: "orderId", resolvable: false) { orderId: ID! }
  type Customer @key(fields: "id", resolvable: false) { id: ID! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`);

let graphql: GraphQLShop;
let rest: ShopClient;
let gateway: GraphQLSchema;
let review: object;
let productId: string;
let orderId: string;

beforeAll(async () => {
  graphql = await startGraphQLShop();
  rest = shopClient(graphql.shop.url);
  const customerId = await rest.customer();
  productId = await rest.product("500", 100);
  ({ body: { id: orderId } } = await rest.place(customerId, { [productId]: 3 }));
  const { data } = await graphql.ask("query($id: ID!) { customer(id: $id) { id } _service { sdl } }", {
    id: customerId,
  });
  review = { text: "Bright", product: { productId }, order: { orderId }, author: { id: data.customer.id } };
  const composed = composeServices([
    { name: "shop", typeDefs: parse(data._service.sdl), url: graphql.url },
    { name: "reviews", typeDefs: REVIEWS, url: "http://reviews.invalid" },
  ]);
  expect(composed.errors ?? []).toEqual([]);
  gateway = getStitchedSchemaFromSupergraphSdl({
    supergraphSdl: composed.supergraphSdl!,
    onSubschemaConfig(subgraph) {
      const isShop = subgraph.name.toLowerCase() === "shop";
      subgraph.executor = ({ document, variables = {} }) =>
        (isShop ? shopAnswer : reviewsAnswer)(print(document), variables) as never;
    },
  });
});
afterAll(() => graphql.stop());

async function shopAnswer(query: string, variables: object): Promise<ExecutionResult> {
  const { data, errors } = await graphql.ask(query, variables);
  return { data, ...(errors.length > 0 && { errors: errors.map(({ message }) => new GraphQLError(message)) }) };
}

/** What the other service answers to the two things it is asked. */
async function reviewsAnswer(
  query: string,
  { representations = [] }: { readonly representations?: readonly object[] },
): Promise<ExecutionResult> {
  if (query.includes("latestReview")) return { data: { latestReview: { __typename: "Review", ...review } } };
  return {
    data: {
      _entities: representations.map((product) => ({ ...product, __typename: "Product", reviews: [review] })),
    },
  };
}

test("from somebody else's thing to the shop's", async () => {
  const { data, errors } = await execute({
    schema: gateway,
    source: `{ latestReview {
      text product { name price { amount } } order { items { quantity } total { amount } } author { name }
    } }`,
  });
  expect(errors).toBeUndefined();
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    latestReview: {
      text: "Bright",
      product: { name: expect.stringContaining("Product"), price: { amount: "500" } },
      order: { items: [{ quantity: 3 }], total: { amount: "1500" } },
      author: { name: "Ada" },
    },
  });
});

test("from the shop's thing to somebody else's", async () => {
  const { data, errors } = await execute({
    schema: gateway,
    source: `query($id: ID!) { product(id: $id) { name reviews { text } } }`,
    variableValues: { id: productId },
  });
  expect(errors).toBeUndefined();
  expect(JSON.parse(JSON.stringify(data))).toMatchObject({ product: { reviews: [{ text: "Bright" }] } });
});

test("entities by either key; one that is not there is null among the others", async () => {
  const unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
  const { data, errors } = await graphql.ask(
    `query($of: [_Any!]!) { _entities(representations: $of) {
      __typename ... on Order { orderId } ... on Product { productId } ... on Customer { name }
    } }`,
    {
      of: [
        { __typename: "Order", orderId },
        { __typename: "Product", productId: unknown },
        { __typename: "Product", productId },
        { __typename: "Order", id: Buffer.from(`Order:${orderId}`).toString("base64url") },
      ],
    },
  );
  expect(data._entities).toEqual([
    { __typename: "Order", orderId },
    null,
    { __typename: "Product", productId },
    { __typename: "Order", orderId },
  ]);
  expect(errors.map(({ path, extensions }) => [path, extensions["code"]])).toEqual([[["_entities", 1], "NOT_FOUND"]]);
});
