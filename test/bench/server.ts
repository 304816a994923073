/** The bench's own server: a real, embedded Postgres with its defaults (fsync on), and a fresh database for each measurement. */
import { readdirSync, readFileSync } from "node:fs";
import { newId } from "../../src/kernel/ids.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import { startEmbeddedPostgres } from "../../src/store/embedded/embedded-postgres.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { removeTemporaryFolders, temporaryFolder } from "../support/temporary-folder.ts";
import { connect, type Sql } from "./yardsticks.ts";

export interface BenchServer {
  /** Runs on a fresh database. */
  withDatabase<T>(work: (url: string) => Promise<T>): Promise<T>;
  withSql<T>(connections: number, work: (sql: Sql) => Promise<T>): Promise<T>;
  withRuntime<T>(
    actors: readonly ActorDefinition[],
    work: (runtime: Runtime, store: PostgresStore, url: string) => Promise<T>,
  ): Promise<T>;
  /** CPU time that this process and the server have used so far, in µs. */
  cpuUs(): number;
  stop(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const folder = temporaryFolder();
  const server = await startEmbeddedPostgres({ dataFolder: folder, command: "npm run bench" });
  const admin = connect(server.url, 1);
  await admin.unsafe("create database bench_template");
  const template = withName(server.url, "bench_template");
  await migrate(template);
  const sql = connect(template, 1);
  await sql.unsafe("create sequence bench_positions");
  await sql.end();

  const [backend] = await admin.unsafe("select pg_backend_pid() as pid");
  const postmaster = parentOf(Number(backend!["pid"]));

  const withDatabase: BenchServer["withDatabase"] = async (work) => {
    const name = `bench_${newId().replaceAll("-", "")}`;
    await admin.unsafe(`create database ${name} template bench_template`);
    try {
      return await work(withName(server.url, name));
    } finally {
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.unsafe("checkpoint");
    }
  };
  return {
    withDatabase,
    withSql: (connections, work) =>
      withDatabase(async (url) => {
        const sql = connect(url, connections);
        try {
          return await work(sql);
        } finally {
          await sql.end();
        }
      }),
    withRuntime: (actors, work) =>
      withDatabase(async (url) => {
        const store = await openPostgresStore({ url });
        const runtime = createRuntime({ store, actors, nodeId: "bench" });
        await runtime.start();
        try {
          return await work(runtime, store, url);
        } finally {
          await runtime.stop(100);
          await store.close();
        }
      }),
    cpuUs: () => {
      const { user, system } = process.cpuUsage();
      return user + system + postgresCpuUs(postmaster);
    },
    async stop() {
      await admin.end();
      await server.stop();
      removeTemporaryFolders();
    },
  };
}

function withName(url: string, database: string): string {
  const named = new URL(url);
  named.pathname = `/${database}`;
  return named.href;
}

/** The fields of /proc/<pid>/stat from the third on; undefined where there is no such process or no such file. */
function statOf(pid: number | string): number[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ").map(Number);
  } catch {
    return undefined;
  }
}

function parentOf(pid: number): number {
  return statOf(pid)?.[1] ?? 0;
}

/** CPU time of the server and all its children (Linux; elsewhere 0). The kernel counts in hundredths of a second. */
function postgresCpuUs(postmaster: number): number {
  // Children that have ended count with the postmaster.
  let ticks = statOf(postmaster)?.slice(11, 15).reduce((sum, each) => sum + each, 0) ?? 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const fields = statOf(pid);
    if (fields?.[1] === postmaster) ticks += fields[11]! + fields[12]!;
  }
  return ticks * 10_000;
}
