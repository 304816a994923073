/** The library that answers, set up so that nothing is answered in its own words. */
import type { GraphQLSchema } from "graphql";
import { createYoga, type YogaServerInstance } from "graphql-yoga";
import { namedStreams } from "./access.ts";
import { createContext, type GraphQLContext } from "./context.ts";
import type { GraphQLDependencies } from "./dependencies.ts";
import { toGraphQLError } from "./errors.ts";
import { limits } from "./limits.ts";
import { journaled, type ServerContext } from "./operations.ts";
import { strictRequests } from "./requests.ts";

export const PATH = "/graphql";

export type Yoga = YogaServerInstance<ServerContext, GraphQLContext>;

export function createServer(schema: GraphQLSchema, dependencies: GraphQLDependencies): Yoga {
  const { Request, Response, Headers, ReadableStream, TextEncoder } = globalThis;
  return createYoga<ServerContext, GraphQLContext>({
    schema,
    context: ({ journal }) => createContext(dependencies, journal),
    plugins: [limits(), strictRequests(), journaled(dependencies.logger), namedStreams()],
    maskedErrors: { maskError: toGraphQLError },
    // The server's own: what it answers with has to be what the listener knows.
    fetchAPI: { Request, Response, Headers, ReadableStream, TextEncoder },
    graphqlEndpoint: PATH,
    // Documents that cannot be read are a stranger's, and not worth remembering.
    parserAndValidationCache: { errorCache: { get: () => undefined, set() {} } },
    // Nobody else's pages, unless the listener lets them.
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    multipart: false,
    // Bodies are bounded where they are read.
    maxRequestBodySize: false,
    batching: false,
  });
}
