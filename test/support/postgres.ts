/** Databases for tests, on the server of test/support/global-setup.ts. */
import postgres from "postgres";
import { inject } from "vitest";
import { newId } from "../../src/kernel/ids.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";

export interface TestDatabase {
  readonly url: string;
  /** Runs SQL as a person with psql would. */
  query(text: string): Promise<Record<string, unknown>[]>;
  /** Throws the database away, whoever is connected. */
  drop(): Promise<void>;
}

/** A new, empty database. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const server = inject("postgres");
  if ("missing" in server) throw new Error(`No PostgreSQL for the tests: ${server.missing}`);
  const name = `test_${newId().replaceAll("-", "")}`;
  await once(server.url, `create database ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (text) => once(url.href, text),
    drop: async () => void await once(server.url, `drop database ${name} with (force)`),
  };
}

/** A new database with all migrations applied. */
export async function freshDatabase(): Promise<TestDatabase> {
  const database = await emptyDatabase();
  await migrate(database.url);
  return database;
}

/** Runs one statement over a connection of its own. */
export async function once(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return [...await sql.unsafe(text)];
  } finally {
    await sql.end({ timeout: 5 });
  }
}
