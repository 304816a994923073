/** One PostgreSQL for the whole run: TEST_DATABASE_URL, or an embedded one that is thrown away afterwards. */
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/store/embedded/embedded-postgres.ts";
import { removeTemporaryFolders, temporaryFolder } from "./temporary-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A server on which databases may be made, or why there is none. */
    postgres: { readonly url: string } | { readonly missing: string };
  }
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined) {
    project.provide("postgres", { url: given });
    return undefined;
  }
  try {
    const server = await startEmbeddedPostgres({ dataFolder: join(temporaryFolder(), "data"), command: "the tests" });
    await forgoDurability(server.url);
    project.provide("postgres", { url: server.url });
    return async () => {
      await server.stop();
      removeTemporaryFolders();
    };
  } catch (thrown) {
    // Tests that need no database run all the same.
    project.provide("postgres", { missing: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}

/** This server never outlives the run, so nothing has to reach the disk. Whoever tests durability starts another. */
async function forgoDurability(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`alter system set fsync = off`;
  await sql`alter system set full_page_writes = off`;
  await sql`select pg_reload_conf()`;
  await sql.end();
}
