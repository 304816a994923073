/** The shop whose callers have to say who they are, with both its listeners, as `main.ts` puts them together. */
import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createGraphQLDoor } from "../../src/api/graphql/door.ts";
import { createGrpcDoor } from "../../src/api/grpc/door.ts";
import { createRestApp } from "../../src/api/rest/app.ts";
import { withCors } from "../../src/api/cors.ts";
import { listenGrpc } from "../../src/cli/start/grpc-listener.ts";
import { listen } from "../../src/cli/start/listen.ts";
import { openAccess } from "../../src/cli/start/open-access.ts";
import type { AuthConfig } from "../../src/config.ts";
import { visitorByAccess } from "../../src/inspector/visitor.ts";
import { newId } from "../../src/kernel/ids.ts";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { inspectorOf } from "./inspected-shop.ts";
import { type ShopService, startShopService } from "./shop-service.ts";

export const ISSUER = "https://login.example.com/";
export const AUDIENCE = "https://shop.example.com";

export interface GuardedShop {
  readonly shop: ShopService;
  /** HTTP/1.1: REST, Connect, gRPC-Web, GraphQL, the inspector. */
  readonly url: string;
  readonly port: number;
  /** HTTP/2: gRPC. */
  readonly grpcUrl: string;
  /** The lines about what staff have done, and who was refused what. */
  readonly audited: readonly object[];
  /** Keys of the caller that each is named after. */
  readonly keys: Readonly<Record<KeyName, string>>;
  /** Whose keys `ada` and `bob` are. */
  readonly customerIds: Readonly<Record<"ada" | "bob", string>>;
  readonly issuer: TestIssuer;
  stop(): Promise<void>;
}

type KeyName = "ada" | "bob" | "operator" | "admin" | "hasty";

export type TestIssuer = Awaited<ReturnType<typeof createTestIssuer>>;

/** An issuer of tokens, with a key of its own. */
export async function createTestIssuer() {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...await exportJWK(publicKey), kid: "k1", alg: "ES256", use: "sig" };
  return {
    jwks: JSON.stringify({ keys: [jwk] }),
    publicJwk: jwk,
    /** A token that would do, but for what is given. */
    token(claims: Record<string, unknown> = {}, head: Record<string, unknown> = {}): Promise<string> {
      const now = Math.floor(systemClock.now() / 1_000);
      return new SignJWT({
        sub: "u1",
        iss: ISSUER,
        aud: AUDIENCE,
        iat: now,
        exp: now + 60,
        role: "operator",
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", kid: "k1", ...head })
        .sign(privateKey);
    },
  };
}

export async function startGuardedShop(
  { requestsPerSecond = 10_000, corsOrigins = [], clock = systemClock }: {
    readonly requestsPerSecond?: number;
    readonly corsOrigins?: readonly string[];
    /** By which requests are counted. */
    readonly clock?: Clock;
  } = {},
): Promise<GuardedShop> {
  const shop = await startShopService();
  const issuer = await createTestIssuer();
  const customerIds = { ada: newId(), bob: newId() };
  const audited: object[] = [];
  const key = (name: string) => `sw_${createHash("sha256").update(`${name}${newId()}`).digest("base64url")}`;
  const keys = {
    ada: key("ada"),
    bob: key("bob"),
    operator: key("operator"),
    admin: key("admin"),
    hasty: key("hasty"),
  };
  const role = (name: KeyName) => name === "operator" || name === "admin" ? name : "customer";
  const auth: AuthConfig = {
    tokens: { issuer: ISSUER, audience: AUDIENCE, jwks: issuer.jwks },
    apiKeys: (Object.keys(keys) as KeyName[]).map((name) => ({
      name,
      role: role(name),
      hash: createHash("sha256").update(keys[name]).digest("hex"),
      customerId: name === "ada" || name === "bob" ? customerIds[name] : undefined,
    })),
    requestsPerSecond,
  };
  const audit = { ...silentLogger, info: (record: object) => void audited.push(record) };
  const access = openAccess(auth, clock, shop.store, audit);
  const doors = access.guarded(shop.doors);
  const notReady = () => Promise.resolve([]);
  const rest = createRestApp({ ...doors, notReady, demoCharges: async () => [] });
  const rpc = createGrpcDoor({ ...doors, notReady });
  const graphql = createGraphQLDoor(doors);
  const anyPort = { host: "127.0.0.1", port: 0, portIsFixed: true };
  const [http, grpc] = [await listen(anyPort), await listenGrpc(anyPort)];
  grpc.open(rpc.onRequest);
  const inspector = inspectorOf(shop, visitorByAccess(access));
  const fetch = withCors(corsOrigins, rpc.fetchBefore(graphql.fetchBefore(rest.fetch)));
  http.open(inspector.fetchBefore(fetch), graphql.onUpgrade);
  return {
    shop,
    url: `http://127.0.0.1:${http.port}`,
    port: http.port,
    grpcUrl: `http://127.0.0.1:${grpc.port}`,
    audited,
    keys,
    customerIds,
    issuer,
    async stop() {
      rpc.endStreams();
      graphql.endStreams();
      await inspector.stop();
      await Promise.all([http.close(200), grpc.close(200)]);
      await shop.stop();
    },
  };
}
