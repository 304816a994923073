/** docs/tutorial: every command is pasted into a shell beside a running shop, and prints what the page says. */
import { execFile, execFileSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks, holdsLines } from "../support/documents.ts";
import { killPrograms, REPOSITORY, runProgram } from "../support/programs.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { readRepositoryFile, repositoryFiles } from "../support/source-tree.ts";

const FOLDER = "docs/tutorial/";
const chapters = repositoryFiles("docs/tutorial").filter((path) => /\/\d-[^/]+\.md$/.test(path));
const programs = repositoryFiles("docs/tutorial").filter((path) => path.endsWith(".ts"));

const missing = ["curl", "npx"].filter((name) => {
  try {
    return execFileSync(name, ["--version"]).length === 0;
  } catch {
    return true;
  }
});

let database: TestDatabase;
/** What the first page has everybody say. */
let preamble: string;
beforeAll(async () => {
  database = await freshDatabase();
  const env = { DATABASE_URL: database.url, HTTP_PORT: "0", GRPC_PORT: "0" };
  const shop = runProgram("src/main.ts", { args: ["--no-demo"], env });
  const [url, grpc] = [
    await shop.says(/http:\/\/localhost:\d+(?=\/v1\/orders)/),
    await shop.says(/(?<=gRPC +)localhost:\d+/),
  ];
  const [start = ""] = codeBlocks(readRepositoryFile(`${FOLDER}README.md`), "sh");
  preamble = start.replace("http://localhost:8080", url).replace("http://localhost:9090", `http://${grpc}`);
});
afterAll(async () => {
  await killPrograms();
  await database.drop();
});

const BETWEEN = "--- next block ---";

/** Pastes the blocks into one shell; what each has printed. */
async function paste(blocks: readonly string[]): Promise<string[]> {
  const env = {
    ...process.env,
    PATH: [join(REPOSITORY, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    DATABASE_URL: database.url,
  };
  const script = [preamble, ...blocks].join(`\necho '${BETWEEN}'\n`);
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { cwd: REPOSITORY, env, timeout: 60_000 });
  return stdout.split(`${BETWEEN}\n`).slice(1);
}

/** What prints this, with anything in the place of each `…`. */
function printing(expected: string): RegExp {
  const parts = expected.trim().split("…").map((text) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
  return new RegExp(`^\\s*${parts.join("[^]*?").replaceAll("\n", "\\r?\n")}\\s*$`);
}

describe.each(chapters)("%s", (path) => {
  const page = readRepositoryFile(path);

  test.skipIf(missing.length > 0)(`does what it says (skipped without curl and npx)`, async () => {
    const steps = [...page.matchAll(/^```sh\n([^]*?)^```$(?:\n\n```text\n([^]*?)^```$)?/gm)];
    const printed = await paste(steps.map(([, command = ""]) => command));
    for (const [at, [, command, expected = ""]] of steps.entries()) {
      expect(printed[at], command).toMatch(printing(expected));
    }
  }, 90_000);

  test("shows its program's own lines", () => {
    const sources = programs.filter((program) => page.includes(`](${program.slice(FOLDER.length)})`))
      .map(readRepositoryFile);
    for (const block of codeBlocks(page, "ts")) {
      expect(sources.some((source) => holdsLines(source, block)), block).toBe(true);
    }
  });
});

test("the first page leads to every chapter", () => {
  const start = readRepositoryFile(`${FOLDER}README.md`);
  expect(chapters.length).toBe(5);
  for (const path of chapters) expect(start).toContain(`](${path.slice(FOLDER.length)})`);
});
