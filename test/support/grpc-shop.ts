/** The shop with its Connect and gRPC door on both listeners, as `main.ts` puts them together. */
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { createGrpcDoor, type GrpcDoor } from "../../src/api/grpc/door.ts";
import { type GrpcListener, listenGrpc } from "../../src/cli/start/grpc-listener.ts";
import { listen } from "../../src/cli/start/listen.ts";
import type { ActorSystem } from "../../src/runtime/receipt.ts";
import { type ShopService, startShopService } from "./shop-service.ts";

export interface GrpcShop {
  readonly shop: ShopService;
  readonly door: GrpcDoor;
  readonly listener: GrpcListener;
  /** HTTP/2. */
  readonly url: string;
  /** HTTP/1.1: Connect and gRPC-Web. */
  readonly httpUrl: string;
  stop(): Promise<void>;
}

/** @param options.system what the door is given instead of the shop's own system */
export async function startGrpcShop(
  { system = (own) => own, notReady = async () => [] }: {
    readonly system?: (own: ActorSystem) => ActorSystem;
    readonly notReady?: () => Promise<string[]>;
  } = {},
): Promise<GrpcShop> {
  const shop = await startShopService();
  const door = createGrpcDoor({ ...shop.doors, system: system(shop.doors.system), notReady });
  const anyPort = { host: "127.0.0.1", port: 0, portIsFixed: true };
  const listener = await listenGrpc(anyPort);
  listener.open(door.onRequest);
  const http = await listen(anyPort);
  http.open(door.fetchBefore(() => new Response("others", { status: 404 })));
  return {
    shop,
    door,
    listener,
    url: `http://127.0.0.1:${listener.port}`,
    httpUrl: `http://127.0.0.1:${http.port}`,
    async stop() {
      door.endStreams();
      await Promise.all([listener.close(200), http.close(200)]);
      await shop.stop();
    },
  };
}

/** Every protocol, with the listeners that speak it. */
export function transports({ url, httpUrl }: GrpcShop): Readonly<Record<string, Transport>> {
  return {
    "gRPC": createGrpcTransport({ baseUrl: url }),
    "gRPC-Web over HTTP/2": createGrpcWebTransport({ baseUrl: url, httpVersion: "2" }),
    "Connect over HTTP/2": createConnectTransport({ baseUrl: url, httpVersion: "2" }),
    "Connect with JSON": createConnectTransport({ baseUrl: url, httpVersion: "2", useBinaryFormat: false }),
    "gRPC-Web over HTTP/1.1": createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: "1.1" }),
    "Connect over HTTP/1.1": createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1" }),
  };
}
