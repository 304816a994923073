/** The other commands: how they find the store, and what they exit with. */
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { killPrograms, processesOf, type Program, runProgram } from "../support/programs.ts";
import { removeTemporaryFolders, temporaryFolder } from "../support/temporary-folder.ts";

const data = temporaryFolder();

afterEach(async () => {
  await killPrograms();
  await eventually(() => expect(processesOf(data)).toEqual([]), 15_000);
});
afterAll(removeTemporaryFolders);

const NOBODYS = "order/01980000-0000-7000-8000-000000000000";

function statewright(...args: string[]): Program {
  return runProgram("src/cli/statewright.ts", { args, env: { STATEWRIGHT_DATA: data } });
}

describe("the store is found", () => {
  test("when nothing runs: the embedded server is started, and ended again", async () => {
    const first = statewright("migrate");
    expect(await first.ended).toBe(0);
    expect(first.stdout()).toMatch(/^Applied 0001_/);
    expect(processesOf(data)).toEqual([]);

    const again = statewright("migrate");
    expect(await again.ended).toBe(0);
    expect(again.stdout()).toBe("The database is up to date.\n");
  });

  test("when npm start runs: its server is used, and stays", async () => {
    const server = runProgram("src/main.ts", { args: ["--no-demo"], env: { STATEWRIGHT_DATA: data, HTTP_PORT: "0" } });
    await server.says("Try: ");
    const replay = statewright("replay", NOBODYS);
    expect(await replay.ended).toBe(3);
    expect(replay.stderr()).toMatch(/^There is no order\/0198.*\n$/);
    const url = /http:\/\/localhost:\d+/.exec(server.stdout())?.[0] ?? "";
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test("behind DATABASE_URL: it is not migrated in passing", async () => {
    const holder = runProgram("test/support/embedded-holder.ts", { args: [data, "--fresh"] });
    const { url } = JSON.parse(await holder.says(/^\{.*\}$/m)) as { url: string };
    const replay = runProgram("src/cli/statewright.ts", { args: ["replay", NOBODYS], env: { DATABASE_URL: url } });
    expect(await replay.ended).toBe(5);
    expect(replay.stderr()).toMatch(
      /^The database lacks \d+ migrations \(0001_.*\)\. With the same DATABASE_URL, run: npm run migrate\n$/,
    );

    const migrate = runProgram("src/cli/statewright.ts", { args: ["migrate"], env: { DATABASE_URL: url } });
    expect(await migrate.ended).toBe(0);
    expect(migrate.stdout()).toMatch(/^Applied 0001_/);
  });
});

describe("a command line", () => {
  test.each<[string, string[], number, RegExp]>([
    ["without a command shows what there is", [], 0, /replay +Replay stored events/],
    ["with a command's --help shows that command", ["replay", "--help"], 0, /ACTOR/],
    [
      "with a command that does not exist",
      ["play"],
      2,
      /^There is no command "play"\. There are: replay, .*, why, .*, migrate\n$/,
    ],
    ["with a name that every object has", ["constructor"], 2, /^There is no command "constructor"/],
    ["with an unknown option", ["migrate", "--all"], 2, /^Unknown option '--all'\. --help shows what there is\.\n$/],
    ["with an option that lacks its value", ["replay", NOBODYS, "--to"], 2, /^Option '--to <value>' argument missing/],
    ["with a moment that is none", ["replay", "--to", "noon"], 2, /^--to takes a version \(3\), a position/],
    ["with a version of many actors", ["replay", "--to", "3"], 2, /^--to <version> is for one actor/],
    ["to step without a terminal", ["replay", NOBODYS, "--step"], 2, /^--step needs a terminal/],
    ["with a type that is none", ["replay", "ship"], 3, /^There is no actor type "ship"; there are customer,/],
    ["with a file that is none", ["check", "--machine", "none.ts"], 2, /^none\.ts cannot be loaded: /],
    ["with something too much", ["migrate", "now"], 2, /^Unexpected argument "now"/],
  ])("%s", async (_, args, exitCode, output) => {
    const program = statewright(...args);
    expect(await program.ended).toBe(exitCode);
    expect(exitCode === 0 ? program.stdout() : program.stderr()).toMatch(output);
  });
});
