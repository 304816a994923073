/**
 * What makes the schema a subgraph of a federation (https://specs.apollo.dev/federation/v2.6): its entities by key, and
 * its own text.
 */
import {
  type ConstDirectiveNode,
  type GraphQLSchema,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from "graphql";
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Builder } from "./builder.ts";
import { counted, type GraphQLContext } from "./context.ts";
import { NODE_TYPES, type NodeType, plainId } from "./global-id.ts";
import { loadNode } from "./nodes.ts";

/** Each entity goes by its global id or by its plain one. */
const KEYS: Readonly<Record<NodeType, readonly [global: "id", plain: string]>> = {
  Order: ["id", "orderId"],
  Customer: ["id", "customerId"],
  Product: ["id", "productId"],
};

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable"])';

const representationSchema = z.looseObject({ __typename: z.enum(NODE_TYPES) });

/** @param sdl the subgraph's text, see {@link subgraphSdl} */
export function defineFederation(builder: Builder, sdl: () => string): void {
  builder.scalarType("_Any", { parseValue: (value) => value, serialize: String });
  const entity = builder.unionType("_Entity", {
    types: [...NODE_TYPES],
    resolveType: (value) => (value as { readonly __typename?: string }).__typename,
  });
  const service = builder.objectRef<object>("_Service").implement({
    fields: (t) => ({ sdl: t.string({ resolve: sdl }) }),
  });
  builder.queryFields((t) => ({
    _service: t.field({ type: service, resolve: () => ({}) }),
    _entities: t.field({
      type: [entity],
      nullable: { list: false, items: true },
      args: { representations: t.arg({ type: ["_Any"], required: true }) },
      resolve: (_, { representations }, context) =>
        counted(context, representations).map((representation) => resolveEntity(representation, context)),
    }),
  }));
}

/** @throws StatewrightError `MALFORMED` for what names nothing, `NOT_FOUND` */
async function resolveEntity(representation: unknown, context: GraphQLContext) {
  const { success, data } = representationSchema.safeParse(representation);
  if (!success) throw new StatewrightError("MALFORMED", `A representation has a __typename: ${NODE_TYPES.join(", ")}`);
  const type = data.__typename;
  const key = KEYS[type].find((name) => typeof data[name] === "string");
  if (key === undefined) throw new StatewrightError("MALFORMED", `The keys of ${type} are ${KEYS[type].join(", ")}`);
  const node = await loadNode[type](plainId(type, key, String(data[key])), context);
  return { ...node, __typename: type };
}

/** The schema as a gateway composes it: with its keys, and without the fields that only a gateway asks for. */
export function subgraphSdl(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(lexicographicSortSchema(schema))), {
    ScalarTypeDefinition: ({ name }) => isOfFederation(name.value) ? null : undefined,
    UnionTypeDefinition: ({ name }) => isOfFederation(name.value) ? null : undefined,
    FieldDefinition: ({ name }) => isOfFederation(name.value) ? null : undefined,
    ObjectTypeDefinition(node) {
      const name = node.name.value;
      if (isOfFederation(name)) return null;
      // Whoever has connections has this type.
      if (name === "PageInfo") return { ...node, directives: [directive("shareable")] };
      const type = NODE_TYPES.find((known) => known === name);
      return type && { ...node, directives: KEYS[type].map((field) => directive("key", field)) };
    },
  });
  return `${LINK}\n\n${print(document)}\n`;
}

function isOfFederation(name: string): boolean {
  return name.startsWith("_");
}

function directive(name: string, fields?: string): ConstDirectiveNode {
  const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
  const value = { kind: Kind.STRING, value: fields ?? "" } as const;
  return {
    kind: Kind.DIRECTIVE,
    name: named(name),
    arguments: fields === undefined ? [] : [{ kind: Kind.ARGUMENT, name: named("fields"), value }],
  };
}
