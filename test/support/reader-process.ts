/**
 * A member of a subscription to DATABASE_URL in a process of its own, which writes what it handles into the table
 * `seen`. For tests that kill it. SIGTERM stops it cleanly.
 */
import { systemClock } from "../../src/kernel/clock.ts";
import { createLogger } from "../../src/kernel/logger.ts";
import { createSubscriber } from "../../src/projection/subscriber.ts";
import type { Subscription } from "../../src/projection/subscription.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import type { Transaction } from "../../src/store/transaction.ts";

export interface ReaderProcessOptions {
  readonly name: string;
  readonly member: string;
  readonly delivery: Subscription["delivery"];
  /** The process kills itself when it handles the event of this position, before or after it has written it. */
  readonly dieAt?: { readonly position: number; readonly moment: "before" | "after" };
}

export const SEEN = `create table if not exists seen (
  id bigint generated always as identity primary key, name text, position bigint, stream text, version integer, member text)`;

if (import.meta.url === `file://${process.argv[1]}`) await run();

async function run(): Promise<void> {
  const { name, member, delivery, dieAt } = JSON.parse(process.argv[2] ?? "{}") as ReaderProcessOptions;
  const store = await openPostgresStore({ url: process.env["DATABASE_URL"] ?? "" });
  const subscriber = createSubscriber({
    store,
    member,
    clock: systemClock,
    logger: createLogger("warn"),
    concurrency: 4,
  });
  const dieIf = (moment: "before" | "after", position: number) => {
    if (dieAt?.position === position && dieAt.moment === moment) process.kill(process.pid, "SIGKILL");
  };
  const handle = async ({ position, stream, version }: StoredEvent, transaction: Transaction = store) => {
    dieIf("before", position);
    await transaction.query(
      "insert into seen (name, position, stream, version, member) values ($1, $2, $3, $4, $5)",
      [name, position, stream, version, member],
    );
    dieIf("after", position);
  };
  await subscriber.subscribe({ name, types: ["actor"], from: "beginning", delivery, handle });
  await store.onAppended(() => subscriber.wake());
  process.on("SIGTERM", () => {
    void subscriber.stop().then(() => store.close()).then(() => process.exit(0));
  });
  setInterval(() => {}, 1_000);
  console.log("reading");
}
