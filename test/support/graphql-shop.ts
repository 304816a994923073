/** The shop with its GraphQL door behind real HTTP, as `main.ts` puts them together, and a client that asserts nothing. */
import type { DoorDependencies } from "../../src/api/dependencies.ts";
import { createGraphQLDoor, type GraphQLDoor } from "../../src/api/graphql/door.ts";
import type { ObserveRequest } from "../../src/api/requests.ts";
import { listen } from "../../src/cli/start/listen.ts";
import { type ShopService, startShopService } from "./shop-service.ts";

export interface GraphQLShop {
  readonly shop: ShopService;
  readonly door: GraphQLDoor;
  readonly url: string;
  readonly ask: Ask;
  stop(): Promise<void>;
}

export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Whatever the service says; each test knows its shape. */
  readonly data: ReturnType<typeof JSON.parse>;
  readonly errors: readonly { message: string; path?: string[]; extensions: Record<string, unknown> }[];
}

export type Ask = (query: string, variables?: object, headers?: Record<string, string>) => Promise<GraphQLAnswer>;

export async function startGraphQLShop(
  options: { readonly observe?: ObserveRequest; readonly with?: (own: DoorDependencies) => DoorDependencies } = {},
): Promise<GraphQLShop> {
  const shop = await startShopService();
  const dependencies = options.with?.(shop.doors) ?? shop.doors;
  const door = createGraphQLDoor({ ...dependencies, ...(options.observe && { observe: options.observe }) });
  const http = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  http.open(door.fetchBefore(() => new Response("others", { status: 404 })), door.onUpgrade);
  const url = `http://127.0.0.1:${http.port}/graphql`;
  return {
    shop,
    door,
    url,
    ask: asking(url),
    async stop() {
      door.endStreams();
      await http.close(0);
      await shop.stop();
    },
  };
}

function asking(url: string): Ask {
  return async (query, variables = {}, headers = {}) => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json",
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json() as Pick<GraphQLAnswer, "data"> & Partial<GraphQLAnswer>;
    return { status: response.status, headers: response.headers, data, errors: errors ?? [] };
  };
}
