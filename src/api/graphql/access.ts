/** Who may ask for what: each field of the roots is an operation of its own, named as in `access/rules.ts`. */
import type { GraphQLFieldResolver, GraphQLSchema } from "graphql";
import type { Access } from "../access.ts";
import type { Credentials } from "../access/credentials.ts";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { inThisName } from "../access/principal.ts";
import type { GraphQLContext } from "./context.ts";

/** What a gateway asks about the schema itself is for whoever may ask at all. */
const UNGUARDED = new Set(["_service"]);

/**
 * Does the work in the name of who sends the request.
 * @param tell is given the headers that say what is left to them
 * @throws StatewrightError `UNAUTHENTICATED`, `RATE_LIMITED`
 */
export async function admitted<Result>(
  access: Access | undefined,
  credentials: Credentials,
  work: () => Promise<Result>,
  tell?: (headers: Readonly<Record<string, string>>) => void,
): Promise<Result> {
  const principal = await access?.admit(undefined, credentials, tell);
  return await (access && principal ? access.actingFor(principal, work) : work());
}

/** Every field of the roots asks first, also those that several documents, or aliases in one, ask for at once. */
export function guardRoots(schema: GraphQLSchema): void {
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (UNGUARDED.has(field.name)) continue;
      const operation = `${root!.name}.${field.name}`;
      if (field.subscribe) field.subscribe = guarded(operation, field.subscribe);
      else if (field.resolve) field.resolve = guarded(operation, field.resolve);
    }
  }
}

type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

function guarded(operation: string, resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    context.dependencies.access?.requireRoleFor(operation);
    return resolve(source, args, context, info);
  };
}

/** Streams are read later, and stay in the name of who asked for them. */
export function namedStreams(): Plugin {
  return {
    onSubscribe: () => ({
      onSubscribeResult({ result, setResult }) {
        if (isAsyncIterable(result)) setResult(named(result));
      },
    }),
  };
}

function named<Item>(items: AsyncIterable<Item>): AsyncIterableIterator<Item> {
  const inName = inThisName();
  const reader = items[Symbol.asyncIterator]();
  return {
    next: () => inName(() => reader.next()),
    return: (value) => inName(async () => await reader.return?.(value) ?? { done: true, value }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
