import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrate, MIGRATIONS, migrationState } from "../../../src/store/postgres/migrate.ts";
import { emptyDatabase, type TestDatabase } from "../../support/postgres.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../support/temporary-folder.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());
afterAll(removeTemporaryFolders);

const ours = readdirSync(MIGRATIONS).filter((file) => file.endsWith(".sql")).sort();

function folderWith(files: Record<string, string>): string {
  const folder = join(temporaryFolder(), "migrations");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const recorded = async () =>
  (await database.query("select version from schema_migrations order by version")).map(({ version }) => version);

describe("migrate", () => {
  test("applies what is missing, in order, once", async () => {
    expect(await migrationState(database.url)).toEqual({ pending: ours, unknown: [] });
    expect(await migrate(database.url)).toEqual(ours);
    expect(await migrate(database.url)).toEqual([]);
    expect(await migrationState(database.url)).toEqual({ pending: [], unknown: [] });
    expect(await recorded()).toEqual(ours.map((file) => /^\d+/.exec(file)![0]));
  });

  test("may run in two processes at once", async () => {
    const applied = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    expect(applied.flat().sort()).toEqual(ours);
  });

  test("applies the part between up and down, and leaves other files alone", async () => {
    const folder = folderWith({
      "2_second.sql": "-- migrate:up\ninsert into t values (2);\n-- migrate:down\ndrop table t;\n",
      "1_first.sql": "-- migrate:up\ncreate table t (n int);\ninsert into t values (1);",
      "README.md": "no migration",
    });
    expect(await migrate(database.url, folder)).toEqual(["1_first.sql", "2_second.sql"]);
    expect(await database.query("select n from t order by n")).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("names the file that fails, and undoes it whole", async () => {
    const folder = folderWith({
      "1_good.sql": "-- migrate:up\ncreate table t (n int);",
      "2_bad.sql": "-- migrate:up\ninsert into t values (1);\ninsert into nowhere values (1);",
      "3_never.sql": "-- migrate:up\ninsert into t values (3);",
    });
    await expect(migrate(database.url, folder)).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(/2_bad\.sql.*nowhere/),
    });
    expect(await recorded()).toEqual(["1"]);
    expect(await database.query("select n from t")).toEqual([]);
    expect((await migrationState(database.url, folder)).pending).toEqual(["2_bad.sql", "3_never.sql"]);
  });

  test.each(["create table t (n int);", "-- migrate:up transaction:false\ncreate table t (n int);"])(
    "refuses a file whose up part it cannot tell: %s",
    async (text) => {
      await expect(migrate(database.url, folderWith({ "1_odd.sql": text }))).rejects.toThrow("1_odd.sql");
    },
  );

  test("tells what a newer version has applied", async () => {
    await migrate(database.url, folderWith({ "1_a.sql": "-- migrate:up\n", "2_b.sql": "-- migrate:up\n" }));
    const older = folderWith({ "1_a.sql": "-- migrate:up\n" });
    expect(await migrationState(database.url, older)).toEqual({ pending: [], unknown: ["2"] });
  });

  test("a folder that is not there is not taken for a database that does not answer", async () => {
    const folder = join(temporaryFolder(), "nowhere");
    const missing = { code: "INTERNAL", message: `The migrations are not where they should be: ${folder}` };
    await expect(migrate(database.url, folder)).rejects.toMatchObject(missing);
    await expect(migrationState(database.url, folder)).rejects.toMatchObject(missing);
  });

  test("says when the server does not answer", async () => {
    await expect(migrate("postgres://nobody:nothing@127.0.0.1:1/none")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("the events", () => {
  test.each([
    "update events set type = 'B'",
    "delete from events",
    "truncate events",
    "delete from events where false",
  ])(
    "refuse: %s",
    async (statement) => {
      await migrate(database.url);
      await database.query(
        "select append_event(1, 'a', false, 's/1', 0, null, null, false, null, 'A', '{}', 'open', null, 'h', '{}')",
      );
      // As the owner, who is a superuser here.
      await expect(database.query(statement)).rejects.toMatchObject({
        message: expect.stringContaining("An event is a fact"),
      });
      expect(await database.query("select type from events")).toEqual([{ type: "A" }]);
    },
  );
});
