/** What a newcomer sees when all is up: what is used, where it is, what to try next. */
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import type { Config } from "../../config.ts";
import type { OrderCounts } from "../../shop/orders/count-orders.ts";
import { type OpenStore, serverOf } from "../open-store.ts";
import type { GrpcListener } from "./grpc-listener.ts";
import type { Listener } from "./listen.ts";
import { engine, productVersion } from "./version.ts";

export interface BannerFacts {
  readonly config: Config;
  readonly database: OpenStore;
  /** What the bus is. */
  readonly bus: string;
  readonly orders: OrderCounts;
  /** The id of an order worth a look, if there is any. */
  readonly remarkable: string | undefined;
  readonly http: Pick<Listener, "url" | "port">;
  readonly grpc: Pick<GrpcListener, "port">;
}

/** Lays the banner out in columns. */
export function renderBanner(facts: BannerFacts): string {
  const { config, bus, orders, grpc, http: { url, port } } = facts;
  const portIsAnother = config.httpPort !== 0 && config.httpPort !== port;
  const grpcAddress = `${new URL(url).hostname}:${grpc.port}`;
  const doors: Line[] = [
    ["Inspector", `${url}/inspect/`, inspectorHint(facts)],
    ["REST", `${url}/v1/orders`, "docs /docs · OpenAPI /openapi.json"],
    ["GraphQL", `${url}/graphql`, ""],
    ["gRPC", grpcAddress, `grpcurl -plaintext ${grpcAddress} list`],
    ["Health", `${url}/readyz`, ""],
    ["Metrics", `${url}/metrics`, ""],
  ];
  if (config.paymentProviderUrl === undefined) {
    doors.push(["Payments", `${url}/demo/provider/charges`, "what the demo provider charged"]);
  }
  return [
    "",
    `  Statewright ${productVersion()}   ${engine()} · ${availableParallelism()} cores`,
    ...aligned([["store", ...storeLine(facts)], [
      "bus",
      bus,
      config.natsUrl === undefined ? "set NATS_URL for JetStream, or: npm run cluster -- 3" : "",
    ]], 8),
    `  ${"shop".padEnd(8)}${ordersLine(orders)}`,
    ...config.auth ? [] : [`  ${"access".padEnd(8)}open: whoever reaches it is staff; set API_KEYS or AUTH_ISSUER`],
    "",
    ...portIsAnother ? [`  Port ${config.httpPort} is taken; ${port} is the next free one.`, ""] : [],
    ...aligned(doors, 12),
    "",
    `  Try: ${nextSteps(facts).join("\n       ")}`,
    "",
  ].join("\n");
}

function inspectorHint({ orders: { needIntervention } }: BannerFacts): string {
  return needIntervention === 0 ? "" : `start here: "${needIntervention} need intervention"`;
}

function nextSteps({ remarkable, http: { url } }: BannerFacts): string[] {
  return [
    remarkable === undefined ? `curl -s ${url}/v1/products` : `curl -s "${url}/v1/orders?status=needsIntervention"`,
    `npm run statewright -- replay order/${remarkable ?? "<id>"}`,
    `kill -9 ${process.pid}, start again, and see that nothing is lost`,
  ];
}

function storeLine({ config, database: { store, embedded } }: BannerFacts): [text: string, hint: string] {
  if (embedded === undefined) return [`${store.description} at ${serverOf(config.databaseUrl ?? "")}`, ""];
  const { folder, insteadOf } = embedded;
  const where = relative(process.cwd(), folder);
  const text = `embedded ${store.description} in ${where.startsWith("..") ? folder : where}`;
  const hint = insteadOf === undefined ? "set DATABASE_URL for your own" : `as its user cannot reach ${insteadOf}`;
  return [text, hint];
}

function ordersLine({ total, delivered, compensated, waiting, needIntervention, inFlight }: OrderCounts): string {
  const parts = [
    `${delivered} delivered`,
    `${compensated} compensated`,
    `${waiting} waiting`,
    `${needIntervention} need intervention`,
    `${inFlight} in flight`,
  ];
  return `${total} orders: ${parts.join(" · ")}`;
}

type Line = readonly [label: string, text: string, hint: string];

function aligned(lines: readonly Line[], labelWidth: number): string[] {
  const textWidth = Math.max(...lines.map(([, text]) => text.length));
  return lines.map(([label, text, hint]) =>
    `  ${label.padEnd(labelWidth)}${text.padEnd(textWidth)}   ${hint}`.trimEnd()
  );
}
