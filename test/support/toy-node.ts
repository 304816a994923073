/**
 * A node with all the toys over DATABASE_URL, told what to do over HTTP. It prints its URL. For tests that kill it.
 *
 *   POST /propose   a call                     → the receipt
 *   POST /batch     calls, in one go           → the receipts
 *   POST /last      calls, in one go           → nothing: the process dies when they are committed
 *   GET  /look?actor=gate/a                    → the actor as it stands
 */
import { createServer, type IncomingMessage } from "node:http";
import { plainError, StatewrightError } from "../../src/kernel/errors.ts";
import { createLogger } from "../../src/kernel/logger.ts";
import { createRuntime } from "../../src/runtime/runtime.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { createMortalStore, type Death } from "./mortal-store.ts";
import { type Call, call, look } from "./toy-calls.ts";
import { toyActors } from "./toy-actors.ts";

export interface ToyNodeOptions {
  readonly nodeId: string;
  /** Where the activities' work is done; see test/support/witness.ts. */
  readonly witness: string;
  readonly death?: Death;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal needs a moment on some systems; nothing may happen meanwhile.
  for (;;);
}

const { nodeId, witness, death } = JSON.parse(process.argv[2] ?? "{}") as ToyNodeOptions;
const store = createMortalStore(await openPostgresStore({ url: process.env["DATABASE_URL"] ?? "" }), death, die);
const runtime = createRuntime({ store, actors: toyActors(witness), nodeId, logger: createLogger("warn") });

async function answer(request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname === "/look") return look(runtime, url.searchParams.get("actor") ?? "");
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const calls = [JSON.parse(body)].flat() as Call[];
  if (url.pathname === "/last") store.dieAfterAppendTo(calls.map(({ actor }) => actor));
  const answers = await Promise.all(calls.map((one) => call(runtime, one).catch(failure)));
  return url.pathname === "/propose" ? answers[0] : answers;
}

/** What a caller in the same process would have caught. */
function failure(thrown: unknown): object {
  const { code, retryable } = StatewrightError.from(thrown);
  return { ...plainError(thrown), outcome: "failed", code, retryable };
}

const server = createServer((request, response) => {
  answer(request).catch(failure).then((body) => response.end(JSON.stringify(body ?? null)), () => response.destroy());
});
// A process that was stopped for long must not drop what was sent to it meanwhile.
server.keepAliveTimeout = 120_000;
await runtime.start();
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`toys on http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/\n`);
});
