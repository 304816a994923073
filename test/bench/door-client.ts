/** A thread that sends requests to a door, so that what the door itself costs is not mixed with what its client costs. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CustomerService } from "../../proto/gen/shop/v1/customer_service_pb.ts";

export interface Load {
  readonly work:
    | "rest read"
    | "rest write"
    | "grpc read"
    | "grpc write"
    | "grpc stream"
    | "graphql read"
    | "graphql write"
    | "bare write";
  readonly requests: number;
  /** Requests under way at the same time. */
  readonly atOnce: number;
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** Who is read. */
  readonly customerId: string;
  /** Does a write for each message, and says so by another. */
  readonly bare?: MessagePort;
}

const { work, requests, atOnce, httpUrl, grpcUrl, customerId, bare } = workerData as Load;
const customer = { name: "Ada Lovelace", email: "ada@example.com" };
const customers = createClient(CustomerService, createGrpcTransport({ baseUrl: grpcUrl }));

async function json(path: string, body?: object): Promise<void> {
  const answer = await fetch(`${httpUrl}${path}`, {
    ...(body && { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await answer.text();
  if (!answer.ok || text.includes('"errors":')) throw new Error(text);
}

const READ = "query($id: ID!) { customer(id: $id) { id name email } }";
const WRITE = "mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id name email } } }";

const waiting: (() => void)[] = [];
bare?.on("message", () => waiting.shift()!());
const bareWrite = () =>
  new Promise<void>((resolve) => {
    waiting.push(resolve);
    bare!.postMessage(customer);
  });

const ONE: Record<Exclude<Load["work"], "grpc stream">, () => Promise<unknown>> = {
  "rest read": () => json(`/v1/customers/${customerId}`),
  "rest write": () => json("/v1/customers", customer),
  "grpc read": () => customers.getCustomer({ customerId }),
  "grpc write": () => customers.createCustomer(customer),
  "graphql read": () => json("/graphql", { query: READ, variables: { id: customerId } }),
  "graphql write": () => json("/graphql", { query: WRITE, variables: { input: customer } }),
  "bare write": bareWrite,
};

async function run(count: number): Promise<void> {
  if (work === "grpc stream") {
    const { createdCount } = await customers.batchCreateCustomers((async function* () {
      for (let i = 0; i < count; i++) yield customer;
    })());
    if (createdCount !== count) throw new Error(`${createdCount} of ${count} were created`);
    return;
  }
  let left = count;
  const one = ONE[work];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await one();
  }));
}

await run(Math.ceil(requests / 10));
parentPort!.postMessage("warm");
parentPort!.once("message", () => {
  const startedAt = performance.now();
  void run(requests).then(() => parentPort!.postMessage(performance.now() - startedAt));
});
