/** The GraphQL door: queries and mutations over HTTP, subscriptions over server-sent events and WebSockets. */
import { StatewrightError } from "../../kernel/errors.ts";
import { inTime, TIMEOUT_HEADER } from "../deadline.ts";
import { pathOf } from "../path-of.ts";
import { SECURE_HEADERS } from "../secure-headers.ts";
import { admitted, guardRoots } from "./access.ts";
import type { GraphQLDependencies } from "./dependencies.ts";
import { graphiqlPage, wantsPage } from "./graphiql.ts";
import { newJournal, outcomeOf } from "./journal.ts";
import { createSchema } from "./schema.ts";
import { newTraceId } from "./trace.ts";
import { createSocketServer, type OnUpgrade } from "./web-socket.ts";
import { createServer, PATH, type Yoga } from "./yoga.ts";

type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

export interface GraphQLDoor {
  /** For the HTTP port: `/graphql`; every other path is left to the given one. */
  fetchBefore(others: Fetch): Fetch;
  /** For the same server's event `upgrade`: graphql-ws at `/graphql`. What is none is refused. */
  readonly onUpgrade: OnUpgrade;
  /** Ends all streams and sockets, so that their clients go on elsewhere. */
  endStreams(): void;
}

export function createGraphQLDoor(dependencies: GraphQLDependencies): GraphQLDoor {
  const end = new AbortController();
  const schema = createSchema(end.signal);
  guardRoots(schema);
  const yoga = createServer(schema, dependencies);
  const sockets = createSocketServer(PATH, yoga, dependencies);
  return {
    fetchBefore: (others) => async (request, env) =>
      pathOf(request.url) === PATH ? await answer(yoga, dependencies, request) : await others(request, env),
    onUpgrade: sockets.onUpgrade,
    endStreams() {
      end.abort(new StatewrightError("UNAVAILABLE", "This node is stopping; go on at another one"));
      sockets.close();
    },
  };
}

async function answer(
  yoga: Yoga,
  { access, clock, observe }: GraphQLDependencies,
  request: Request,
): Promise<Response> {
  if (wantsPage(request)) return await graphiqlPage();
  const answered = Promise.withResolvers<Response>();
  const credentials = {
    authorization: request.headers.get("authorization") ?? undefined,
    apiKey: request.headers.get("x-api-key") ?? undefined,
  };
  let limits: Readonly<Record<string, string>> = {};
  const work = async (traceId: string) => {
    const journal = newJournal(traceId);
    try {
      const timeout = request.headers.get(TIMEOUT_HEADER) ?? undefined;
      const run = () => inTime(clock, timeout, async () => await yoga.fetch(request, { journal }));
      answered.resolve(await admitted(access, credentials, run, (headers) => limits = headers));
    } catch (thrown) {
      answered.resolve(await yoga.fetch(request, { journal, refusal: StatewrightError.from(thrown) }));
    }
    return outcomeOf(journal);
  };
  const traceparent = request.headers.get("traceparent") ?? undefined;
  const method = ["GET", "POST"].find((known) => known === request.method) ?? "other";
  await (observe ? observe({ door: "graphql", method, traceparent }, work) : work(newTraceId(traceparent)));
  const response = await answered.promise;
  for (const [name, value] of Object.entries({ ...SECURE_HEADERS, ...limits })) response.headers.set(name, value);
  return response;
}
