/** The package in somebody else's hands: packed, installed in an empty project, and the documented example run there. */
import { cpSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { codeBlocks } from "./support/documents.ts";
import { DENO, execute, install, pack } from "./support/package-install.ts";
import { emptyDatabase } from "./support/postgres.ts";
import { REPOSITORY } from "./support/programs.ts";
import { readRepositoryFile } from "./support/source-tree.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/temporary-folder.ts";

let files: string[];
let project: string;
let missing: string | undefined;

beforeAll(async () => {
  const folder = temporaryFolder();
  const packed = await pack(folder);
  files = packed.files;
  project = join(folder, "project");
  missing = await install(packed.tarball, project);
  if (missing !== undefined) return;
  const example = join(project, "node_modules/statewright/docs/example");
  for (const name of globSync("*.ts", { cwd: example }).filter((name) => !name.endsWith(".test.ts"))) {
    cpSync(join(example, name), join(project, name));
  }
});
afterAll(removeTemporaryFolders);

const needsProject = ({ skip }: TestContext) => skip(missing !== undefined, missing);

/** What the example says in its own lines, whatever the ids are and whoever else prints in between. */
const storyOf = (output: string) => output.split("\n").filter((line) => /^(accepted|v\d)/.test(line));

/** What its page says that it says. */
const STORY = codeBlocks(readRepositoryFile("docs/bring-your-own-machine.md"), "console").flatMap(storyOf);

test("the page shows a story", () => {
  expect(STORY.at(0)).toBe("accepted trial");
  expect(STORY.at(-1)).toBe("v5 ActivityCompleted → active");
});

test("the tarball holds the library, its declarations, its migrations and its example, and nothing of the shop", () => {
  for (const path of ["src/mod.js", "src/mod.d.ts", "src/runtime/runtime.js", "migrations/0001_events.sql"]) {
    expect(files).toContain(`dist/${path}`);
  }
  expect(files).toContain("docs/example/membership.ts");
  expect(files).toContain("docs/bring-your-own-machine.md");
  const foreign = files.filter((path) =>
    !/^(dist|docs)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path)
  );
  expect(foreign).toEqual([]);
  expect(files.filter((path) => /order|stock|payment|customer|product|demo|shop/i.test(path))).toEqual([]);
});

describe("in an empty project the example", () => {
  test("runs on Node", async (context) => {
    needsProject(context);
    const output = await execute(project, "node", ["main.ts"]);
    expect(storyOf(output)).toEqual(STORY);
    expect(output).toMatch(/^charged 1200 once for membership\/[0-9a-f-]{36}\/4\/\d$/m);
    expect(output).toMatch(/^the club: MemberJoined \{"memberId":"[0-9a-f-]{36}"\}$/m);
  });

  test("runs on Deno", async (context) => {
    needsProject(context);
    context.skip(DENO === undefined, "there is no Deno for this platform; npm install brings it along elsewhere");
    const output = await execute(project, DENO!, ["run", "-A", "--no-prompt", "--no-lock", "main.ts"]);
    expect(storyOf(output)).toEqual(STORY);
  });

  test("runs on Postgres, with the migrations of the package", async (context) => {
    needsProject(context);
    const database = await emptyDatabase();
    try {
      expect(storyOf(await execute(project, "node", ["main.ts"], { DATABASE_URL: database.url }))).toEqual(STORY);
      const tables = await database.query(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
      );
      const names = tables.map(({ relname }) => relname);
      expect(names).toContain("events");
      expect(names).not.toContain("order_summaries");
    } finally {
      await database.drop();
    }
  });

  test("agrees with the declarations, and the declarations with themselves", async (context) => {
    needsProject(context);
    // A wrong use that the compiler lets pass would be an error here.
    writeFileSync(
      join(project, "wrong.ts"),
      `import { createRuntime, given, type Receipt } from "statewright";
import { clubActor } from "./club.ts";
declare const runtime: ReturnType<typeof createRuntime>;
const receipt: Receipt = await runtime.actor("club", "a").propose({ type: "ClubFounded" }, { by: "operator" });
// @ts-expect-error an event is an object with a type
await runtime.actor("club", "a").propose("ClubFounded");
// @ts-expect-error nobody is called that
await runtime.actor("club", "a").propose({ type: "ClubFounded" }, { by: "somebody" });
// @ts-expect-error only a refusal has a reason
receipt.reason;
// @ts-expect-error a runtime needs a store
createRuntime({ actors: [clubActor] });
// @ts-expect-error consequences have no version
given(clubActor, []).then(({ version }) => version);
for await (const { data } of runtime.actor("club", "a").subscribe()) data.toUpperCase();
`,
    );
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "es2024",
          module: "nodenext",
          strict: true,
          noEmit: true,
          allowImportingTsExtensions: true,
          // Our declarations are checked too; those of Node are the only ones that the project lends from here.
          skipLibCheck: false,
          types: ["node"],
          typeRoots: [join(REPOSITORY, "node_modules/@types")],
        },
        include: ["*.ts"],
      }),
    );
    await execute(project, "tsc", ["-p", project]);
  });
});
