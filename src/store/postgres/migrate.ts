/**
 * Migrations: numbered SQL files in the format of dbmate, which can apply them just as well. Forward only.
 */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { StatewrightError } from "../../kernel/errors.ts";
import { storeError } from "./failures.ts";

/** The migrations of this repository. */
export const MIGRATIONS = fileURLToPath(new URL("../../../migrations/", import.meta.url));

interface Migration {
  /** The digits its name begins with. */
  readonly version: string;
  readonly file: string;
}

/**
 * Applies what is missing, in the order of the numbers, each in one transaction with its record. Several processes may
 * do so at once.
 * @returns the names of the files that were applied
 * @throws StatewrightError `INTERNAL` naming the file that failed, which is then not applied at all
 */
export async function migrate(url: string, folder: string = MIGRATIONS): Promise<string[]> {
  const applied: string[] = [];
  await withClient(url, async (sql) => {
    for (const migration of await missing(sql, folder)) {
      const up = upPart(migration.file, await readFile(`${folder}/${migration.file}`, "utf8"));
      if (await apply(sql, migration, up)) applied.push(migration.file);
    }
  });
  return applied;
}

/** The names of the files that `migrate` would apply. */
export async function pendingMigrations(url: string, folder: string = MIGRATIONS): Promise<string[]> {
  return await withClient(url, async (sql) => (await missing(sql, folder)).map(({ file }) => file));
}

async function missing(sql: postgres.Sql, folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).flatMap((file) => {
    const version = /^(\d+).*\.sql$/.exec(file)?.[1];
    return version === undefined ? [] : [{ version, file }];
  });
  const [table] = await sql`select to_regclass('schema_migrations') is not null as exists`;
  const rows = table?.["exists"] ? await sql`select version from schema_migrations` : [];
  const known = new Set(rows.map(({ version }) => String(version)));
  return files.filter(({ version }) => !known.has(version)).sort((a, b) => a.file < b.file ? -1 : 1);
}

/** Answers false when another process was faster. */
async function apply(sql: postgres.Sql, { version, file }: Migration, up: string): Promise<boolean> {
  try {
    return await sql.begin(async (begun) => {
      await begun`select pg_advisory_xact_lock(7264190359)`;
      await begun`create table if not exists schema_migrations (version varchar(128) primary key)`;
      const recorded =
        await begun`insert into schema_migrations (version) values (${version}) on conflict do nothing returning version`;
      if (recorded.length === 0) return false;
      await begun.unsafe(up).simple();
      return true;
    });
  } catch (thrown) {
    throw new StatewrightError(
      "INTERNAL",
      `Migration ${file} failed and is not applied: ${storeError(thrown).message}`,
      { cause: thrown },
    );
  }
}

/** What stands between `-- migrate:up` and `-- migrate:down`. */
function upPart(file: string, text: string): string {
  const [, options, up] = /^-- migrate:up(.*)$([\s\S]*?)(?:^-- migrate:down|$(?![\s\S]))/m.exec(text) ?? [];
  if (up === undefined || options?.trim() !== "") {
    throw new StatewrightError("INTERNAL", `Migration ${file} has no line "-- migrate:up" (without options)`);
  }
  return up;
}

async function withClient<Answer>(url: string, work: (sql: postgres.Sql) => Promise<Answer>): Promise<Answer> {
  // Another process's migration is waited for, but not for ever.
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { lock_timeout: 60_000, application_name: "statewright migrate" },
  });
  try {
    return await work(sql);
  } catch (thrown) {
    throw storeError(thrown);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
