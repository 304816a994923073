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
  const files = await filesIn(folder);
  await withClient(url, async (sql) => {
    for (const migration of compare(files, await recorded(sql)).missing) {
      const up = upPart(migration.file, await readFile(`${folder}/${migration.file}`, "utf8"));
      if (await apply(sql, migration, up)) applied.push(migration.file);
    }
  });
  return applied;
}

/** How a database stands to a folder of migrations. */
export interface MigrationState {
  /** The names of the files that `migrate` would apply. */
  readonly pending: readonly string[];
  /** The numbers of migrations that the database has, and the folder has not: a newer version was here. */
  readonly unknown: readonly string[];
}

/** @throws StatewrightError `UNAVAILABLE` when the server does not answer */
export async function migrationState(url: string, folder: string = MIGRATIONS): Promise<MigrationState> {
  return await compareMigrations(await withClient(url, recorded), folder);
}

/** @param recorded the numbers in the database's `schema_migrations` */
export async function compareMigrations(
  recorded: readonly string[],
  folder: string = MIGRATIONS,
): Promise<MigrationState> {
  const { missing, unknown } = compare(await filesIn(folder), recorded);
  return { pending: missing.map(({ file }) => file), unknown };
}

/** In the order of their names. */
async function filesIn(folder: string): Promise<Migration[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new StatewrightError("INTERNAL", `The migrations are not where they should be: ${folder}`, { cause });
  });
  return names.toSorted().flatMap((file) => {
    const version = /^(\d+).*\.sql$/.exec(file)?.[1];
    return version === undefined ? [] : [{ version, file }];
  });
}

/** The numbers that the database has. */
async function recorded(sql: postgres.Sql): Promise<string[]> {
  const [table] = await sql`select to_regclass('schema_migrations') is not null as exists`;
  const rows = table?.["exists"] ? await sql`select version from schema_migrations order by version` : [];
  return rows.map(({ version }) => String(version));
}

function compare(files: readonly Migration[], recorded: readonly string[]) {
  return {
    missing: files.filter(({ version }) => !recorded.includes(version)),
    unknown: recorded.filter((number) => !files.some(({ version }) => version === number)),
  };
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
