/** The same read and the same write through each door: how many a second, and what one costs the service and the database. */
import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { createConsistency } from "../../src/api/consistency.ts";
import { createGraphQLDoor } from "../../src/api/graphql/door.ts";
import { createGrpcDoor } from "../../src/api/grpc/door.ts";
import { createRestApp } from "../../src/api/rest/app.ts";
import { listenGrpc } from "../../src/cli/start/grpc-listener.ts";
import { listen } from "../../src/cli/start/listen.ts";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { createPast } from "../../src/runtime/past.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { type NewCustomer, registerCustomer } from "../../src/shop/customers/customer.ts";
import type { PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { Load } from "./door-client.ts";
import { type Figure, median } from "./figures.ts";
import type { BenchServer } from "./server.ts";

const REQUESTS = 2_000;
const AT_ONCE = 32;
const ROUNDS = 3;
/** One after the other, as a loop over unary calls does it. */
const SERIAL = 400;

const provider = {
  capture: async () => ({ outcome: "captured", chargeId: "ch_bench" }) as const,
  refund: async () => ({ outcome: "refunded" }) as const,
};
const actors = shopActors(provider);

interface Measured {
  readonly perS: number;
  /** µs of the service's thread and of the database for each request. */
  readonly cpuUs: number;
}

export async function doorFigures(server: BenchServer): Promise<Figure[]> {
  const measured = new Map<string, Measured[]>();
  const note = (name: string, one: Measured) => measured.set(name, [...measured.get(name) ?? [], one]);
  for (let round = 0; round < ROUNDS; round++) {
    await server.withRuntime(actors, async (runtime, store) => {
      note("bare loop", await bareWrites(runtime, server));
      await throughDoors(runtime, store, server, note);
    });
  }
  const perS = (name: string) => median(measured.get(name)!.map((one) => one.perS));
  const cpu = (name: string) => median(measured.get(name)!.map((one) => one.cpuUs));
  const figures = [...measured.keys()].flatMap((name): Figure[] => [
    figure(`door-${name.replaceAll(" ", "-")}-per-s`, perS(name), "requests/s", "higher"),
    figure(`door-${name.replaceAll(" ", "-")}-cpu`, cpu(name), "µs/request", "lower"),
  ]);
  return [
    ...figures,
    {
      ...figure("door-rest-write-cost", cpu("rest write") / cpu("bare write"), "× bare call", "lower"),
      floor: 4,
      aim: 2.5,
    },
    // In a loop 32 calls are committed together; requests come one by one, and fewer share a commit.
    figure("door-rest-write-cost-in-loop", cpu("rest write") / cpu("bare loop"), "× bare loop", "lower"),
    { ...figure("door-stream-gain", perS("grpc stream") / perS("grpc serial"), "× unary", "higher"), floor: 3, aim: 5 },
  ];
}

/** One that is only to be known. */
function figure(name: string, value: number, unit: string, better: Figure["better"]): Figure {
  const any = better === "higher" ? 0 : Infinity;
  return { name, value, unit, floor: any, aim: any, better };
}

async function bareWrites(runtime: Runtime, server: BenchServer): Promise<Measured> {
  const write = () => registerCustomer(runtime, { name: "Ada Lovelace", email: "ada@example.com" });
  const run = async (count: number) => {
    let left = count;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await write();
    }));
  };
  await run(REQUESTS / 10);
  const cpu = cpuUs(server);
  const startedAt = performance.now();
  await run(REQUESTS);
  return measure(server, REQUESTS, performance.now() - startedAt, cpu);
}

async function throughDoors(
  runtime: Runtime,
  store: PostgresStore,
  server: BenchServer,
  note: (name: string, one: Measured) => void,
): Promise<void> {
  const doors = {
    system: runtime,
    past: createPast(actors, store),
    readModels: store,
    // Nothing here reads a list.
    consistency: createConsistency({ reached: () => Promise.resolve() }),
    findRequest: store.findRequest.bind(store),
    deadLetters: store.deadLetters.bind(store),
    notReady: () => Promise.resolve([]),
    clock,
    logger,
  };
  const anyPort = { host: "127.0.0.1", port: 0, portIsFixed: true };
  const [http, grpc] = [await listen(anyPort), await listenGrpc(anyPort)];
  const rpc = createGrpcDoor(doors);
  grpc.open(rpc.onRequest);
  http.open(createGraphQLDoor(doors).fetchBefore(createRestApp(doors).fetch));
  const { actor } = await registerCustomer(runtime, { name: "Ada Lovelace", email: "ada@example.com" });
  const load = {
    httpUrl: http.url,
    grpcUrl: `http://127.0.0.1:${grpc.port}`,
    customerId: actor.id,
    requests: REQUESTS,
    atOnce: AT_ONCE,
  };
  note("bare write", await bareArrivals(runtime, server, load));
  note("http alone", await httpAlone(server, load));
  const works = ["rest read", "grpc read", "graphql read", "rest write", "grpc write", "graphql write"] as const;
  for (const work of works) note(work, await driven(server, { ...load, work }));
  note("grpc serial", await driven(server, { ...load, work: "grpc write", requests: SERIAL, atOnce: 1 }));
  note("grpc stream", await driven(server, { ...load, work: "grpc stream", atOnce: 1 }));
  rpc.endStreams();
  await Promise.all([http.close(200), grpc.close(200)]);
}

/** Calls without a door that come from another thread one by one, as requests do. */
async function bareArrivals(runtime: Runtime, server: BenchServer, load: Omit<Load, "work">): Promise<Measured> {
  const { port1: here, port2: bare } = new MessageChannel();
  here.on("message", (customer: NewCustomer) => {
    void registerCustomer(runtime, customer).then(() => here.postMessage(undefined));
  });
  const measured = await driven(server, { ...load, work: "bare write", bare });
  here.close();
  return measured;
}

/** The same requests to the same listener, with nothing behind it. */
async function httpAlone(server: BenchServer, load: Omit<Load, "work">): Promise<Measured> {
  const http = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  http.open(async (request) => new Response(await request.text(), { status: 201 }));
  const measured = await driven(server, { ...load, work: "rest write", httpUrl: http.url });
  await http.close(200);
  return measured;
}

/** What a load costs, once both sides are warm. */
async function driven(server: BenchServer, load: Load): Promise<Measured> {
  const worker = new Worker(new URL("./door-client.ts", import.meta.url), {
    workerData: load,
    transferList: load.bare ? [load.bare] : [],
  });
  await once(worker, "message");
  const cpu = cpuUs(server);
  worker.postMessage("go");
  const [ms] = await once(worker, "message") as [number];
  const measured = measure(server, load.requests, ms, cpu);
  await worker.terminate();
  return measured;
}

function measure(server: BenchServer, requests: number, ms: number, since: number): Measured {
  return { perS: requests / ms * 1_000, cpuUs: (cpuUs(server) - since) / requests };
}

/** Of this thread, which is the service, and the database; not of the clients, which have threads of their own. */
function cpuUs(server: BenchServer): number {
  const [own, all] = [process.threadCpuUsage(), process.cpuUsage()];
  return own.user + own.system + server.cpuUs() - all.user - all.system;
}
