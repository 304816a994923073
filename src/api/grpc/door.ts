/**
 * The Connect and gRPC door: one set of handlers for two listeners. gRPC itself needs HTTP/2 and its trailers; Connect,
 * with plain JSON, and gRPC-Web are also at home on the HTTP port.
 */
import type { DescService } from "@bufbuild/protobuf";
import { createConnectRouter } from "@connectrpc/connect";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { createFetchHandler, type UniversalHandler } from "@connectrpc/connect/protocol";
import { Health } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as AlphaServerReflection } from "../../../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { SupportService } from "../../../proto/gen/shop/v1/support_service_pb.ts";
import { ActorService } from "../../../proto/gen/statewright/v1/actor_service_pb.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { pathOf } from "../path-of.ts";
import { SECURE_HEADERS } from "../secure-headers.ts";
import { withAccess } from "./access.ts";
import { actorMethods } from "./actors.ts";
import { everyCall } from "./calls.ts";
import { catalogueMethods } from "./catalogue.ts";
import { customerMethods } from "./customers.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { healthMethods } from "./health.ts";
import { orderStreams } from "./order-streams.ts";
import { orderMethods } from "./orders.ts";
import { MAX_MESSAGE_BYTES, withPreflight } from "./preflight.ts";
import { reflectionMethods } from "./reflection.ts";
import { supportMethods } from "./support.ts";

type NodeRequest = Parameters<typeof universalRequestFromNodeRequest>[0];
type NodeResponse = Parameters<typeof universalResponseToNodeResponse>[1];
type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

export interface GrpcDoor {
  /** For an HTTP/2 server of Node: gRPC, gRPC-Web and Connect. Anything else is 404. */
  onRequest(request: NodeRequest, response: NodeResponse): void;
  /** For the HTTP port: Connect and gRPC-Web; every other path is left to the given one. */
  fetchBefore(others: Fetch): Fetch;
  /** Ends all streams with UNAVAILABLE, so that their clients go on elsewhere. Other calls come to their end. */
  endStreams(): void;
}

/** Compressed answers are for large ones only. */
const COMPRESS_FROM_BYTES = 16_384;
const MAX_ANSWER_BYTES = 4_194_304;
/** gRPC, and not gRPC-Web. */
const NATIVE_GRPC = /^application\/grpc(?!-web)/i;

export function createGrpcDoor(dependencies: GrpcDependencies): GrpcDoor {
  const end = new AbortController();
  const handlers = createHandlers(dependencies, end.signal);
  return {
    onRequest(request, response) {
      const handler = handlers.get((request.url ?? "").split("?", 1)[0]!);
      if (handler === undefined) {
        response.writeHead(404);
        response.end();
        return;
      }
      handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
        .then((answer) => universalResponseToNodeResponse(answer, response))
        // The client is gone, or the connection: nobody is left to be answered.
        .catch((thrown: unknown) => dependencies.logger.debug({ error: String(thrown) }, "a call broke off"));
    },
    fetchBefore: (others) => async (request, env) => {
      const handler = handlers.get(pathOf(request.url));
      const isNative = NATIVE_GRPC.test(request.headers.get("content-type") ?? "");
      if (handler === undefined || isNative) return await others(request, env);
      const answer = await createFetchHandler(handler, { httpVersion: "1.1" })(request);
      for (const [name, value] of Object.entries(SECURE_HEADERS)) answer.headers.set(name, value);
      return answer;
    },
    endStreams() {
      end.abort(new StatewrightError("UNAVAILABLE", "This node is stopping; go on at another one"));
    },
  };
}

function createHandlers(dependencies: GrpcDependencies, end: AbortSignal): ReadonlyMap<string, UniversalHandler> {
  const router = createConnectRouter({
    interceptors: [everyCall(dependencies, end)],
    readMaxBytes: MAX_MESSAGE_BYTES,
    writeMaxBytes: MAX_ANSWER_BYTES,
    compressMinBytes: COMPRESS_FROM_BYTES,
    acceptCompression: [compressionGzip],
    jsonOptions: { ignoreUnknownFields: false },
  });
  const services: DescService[] = [
    OrderService,
    CatalogService,
    CustomerService,
    SupportService,
    ActorService,
    Health,
    ServerReflection,
    AlphaServerReflection,
  ];
  router
    .service(OrderService, { ...orderMethods(dependencies), ...orderStreams(dependencies) })
    .service(CatalogService, catalogueMethods(dependencies))
    .service(CustomerService, customerMethods(dependencies))
    .service(SupportService, supportMethods(dependencies))
    .service(ActorService, actorMethods(dependencies))
    .service(Health, healthMethods(dependencies, services.map(({ typeName }) => typeName)))
    .service(ServerReflection, reflectionMethods(services))
    .service(AlphaServerReflection, reflectionMethods(services));
  return new Map(
    router.handlers.map((handler) => [handler.requestPath, withAccess(withPreflight(handler), dependencies.access)]),
  );
}
