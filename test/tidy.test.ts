/**
 * Tidiness is a test: what docs/architecture.md promises about the code is read from the code. Each rule is first
 * shown a few lines it must refuse and a few it must let pass, then the whole repository.
 */
import { describe, expect, test } from "vitest";
import { parseSource, readRepositoryFile, repositoryFiles } from "./support/source-tree.ts";
import { forbiddenImports, HOUSE, importCycles, unreachedFiles } from "./support/tidy/imports.ts";
import { anyTypes, badFileNames, decoratedTypeNames, oversized, unnamedExports } from "./support/tidy/shape.ts";
import { clockAndChance, domainWords, environmentReaders, neverCommitted } from "./support/tidy/words.ts";

/** A file that a rule leaves alone, with the reason. */
type Exceptions = Readonly<Record<string, string>>;

const MAY_SAY_ANY: Exceptions = {
  "machines/actor-ref.ts":
    "XState types the target of a send by its whole snapshot, which is the other machine's business",
  "src/cli/command-line.ts": "citty's own type for a command with whatever arguments",
  "src/runtime/definition.ts": "the input of an activity is typed by the machine that invokes it",
  "src/runtime/receipt.ts": "a machine's own context type; callers narrow it",
  "src/runtime/step.ts": "the parameters of XState's actions have no common type",
};

const MAY_SEE_THE_CLOCK: Exceptions = {};

const ONLY_TESTS_REACH: Exceptions = {};

const paths = repositoryFiles();
const files = paths.filter((path) => /^(src|machines|test)\/.*\.ts$/.test(path))
  .map((path) => parseSource(path, readRepositoryFile(path)));
const manifest: Record<
  "scripts" | "dependencies" | "optionalDependencies" | "devDependencies",
  Record<string, string>
> = JSON
  .parse(readRepositoryFile("package.json"));

describe("imports", () => {
  const from = (path: string, ...specifiers: string[]) =>
    parseSource(path, specifiers.map((specifier) => `import type { A } from "${specifier}";`).join("\n"));

  test.each([
    ["src/runtime/a.ts", "../shop/b.ts"],
    ["src/runtime/a.ts", "../../machines/order/events.ts"],
    ["src/runtime/a.ts", "../store/postgres/append.ts"],
    ["src/runtime/a.ts", "postgres"],
    ["src/runtime/a.ts", "node:http"],
    ["src/projection/a.ts", "../runtime/receipt.ts"],
    ["src/shop/a.ts", "../store/store.ts"],
    ["src/shop/a.ts", "../api/b.ts"],
    ["src/api/a.ts", "../messaging/bus.ts"],
    ["src/api/a.ts", "../store/store.ts"],
    ["src/store/store.ts", "../runtime/receipt.ts"],
    ["src/store/store.ts", "./postgres/append.ts"],
    ["src/store/memory/a.ts", "postgres"],
    ["src/kernel/a.ts", "../config.ts"],
    ["src/cli/a.ts", "../main.ts"],
    ["src/main.ts", "postgres"],
    ["src/elsewhere/a.ts", "../kernel/b.ts"],
    ["machines/order/machine.ts", "../../src/kernel/ids.ts"],
    ["machines/order/machine.ts", "../stock/machine.ts"],
    ["machines/order/machine.ts", "node:crypto"],
  ])("%s may not import %s", (path, specifier) => {
    expect(forbiddenImports([from(path, specifier)])).toHaveLength(1);
  });

  test.each([
    ["src/runtime/a.ts", [
      "../store/store.ts",
      "../messaging/bus.ts",
      "../kernel/ids.ts",
      "./b.ts",
      "xstate",
      "node:crypto",
    ]],
    ["src/store/postgres/a.ts", ["../store.ts", "./b.ts", "postgres"]],
    ["machines/order/machine.ts", ["./events.ts", "../stock/events.ts", "../money.ts", "xstate", "zod"]],
    ["test/a.test.ts", ["../src/main.ts", "postgres"]],
  ])("%s may import what its row says", (path, specifiers) => {
    expect(forbiddenImports([from(path, ...specifiers)])).toEqual([]);
  });

  test("all ways to name another file count", () => {
    const file = parseSource(
      "src/kernel/a.ts",
      `export { a } from "../b.ts"; type T = import("../c.ts").T; await import("../d.ts"); new URL("../e.ts", import.meta.url);`,
    );
    expect(file.imports.map(({ target }) => target)).toEqual(["src/b.ts", "src/c.ts", "src/d.ts", "src/e.ts"]);
  });

  test("each folder imports only what the house allows", () => {
    expect(forbiddenImports(files)).toEqual([]);
  });

  test("nothing imports in a circle", () => {
    const circle = [
      from("src/a.ts", "./b.ts"),
      from("src/b.ts", "./c.ts"),
      from("src/c.ts", "./a.ts"),
      from("src/d.ts", "./a.ts"),
    ];
    expect(importCycles(circle)).toEqual([expect.stringMatching(/^src\/a\.ts ↔ src\/b\.ts ↔ src\/c\.ts:/)]);
    expect(importCycles(files)).toEqual([]);
  });

  test("no file is dead: a command or the public surface reaches it, or it is for tests and says why", () => {
    const island = [from("src/main.ts", "./a.ts"), from("src/a.ts"), from("src/b.ts", "./a.ts")];
    expect(unreachedFiles(island, ["src/main.ts"])).toEqual([expect.stringMatching(/^src\/b\.ts/)]);

    const commands = Object.values(manifest.scripts).flatMap((script) => script.match(/src\/[a-z/-]+\.ts/g) ?? []);
    const tests = files.map(({ path }) => path).filter((path) => path.endsWith(".test.ts"));
    const dead = unreachedFiles(files, ["src/main.ts", "src/mod.ts", ...commands]);
    expect(dead.filter((finding) => !isAbout(finding, ONLY_TESTS_REACH))).toEqual([]);
    expect(unreachedFiles(files, tests).filter((finding) => isAbout(finding, ONLY_TESTS_REACH))).toEqual([]);
    expect(staleExceptions(ONLY_TESTS_REACH, dead)).toEqual([]);
  });
});

describe("shape", () => {
  const one = (text: string, path = "src/kernel/a.ts") => [parseSource(path, text)];
  const lines = (count: number) => "call();\n".repeat(count);

  test("files have at most 250 and functions at most 50 lines of code", () => {
    expect(oversized(one(lines(250)))).toEqual([]);
    expect(oversized(one(lines(251)))).toHaveLength(1);
    expect(oversized(one(`${lines(249)}// a comment\n\n/** another\n one */\n`))).toEqual([]);
    expect(oversized(one(`export function f() {\n${lines(48)}}`))).toEqual([]);
    expect(oversized(one(`export const f = () => {\n${lines(49)}};`))).toEqual([
      expect.stringMatching(/^src\/kernel\/a\.ts:1 function f has 51/),
    ]);
    expect(oversized(one(`export const machine = create({\n${"  a: 1,\n".repeat(100)}});`))).toEqual([]);
    expect(oversized(files)).toEqual([]);
  });

  test("no any, but where the type is the machine author's business", () => {
    const why = "// oxlint-disable-next-line typescript/no-explicit-any -- because\n";
    expect(anyTypes(one("let a: any;"), ["src/kernel/a.ts"])).toHaveLength(1);
    expect(anyTypes(one(`${why}let a: any;`), [])).toHaveLength(1);
    expect(anyTypes(one(`${why}let a: any;`), ["src/kernel/a.ts"])).toEqual([]);
    expect(anyTypes(one(`${why}let a: any;`, "test/a.test.ts"), [])).toEqual([]);
    expect(anyTypes(one("let a: any;", "test/a.test.ts"), [])).toHaveLength(1);
    expect(anyTypes(files, Object.keys(MAY_SAY_ANY))).toEqual([]);
    expect(staleExceptions(MAY_SAY_ANY, anyTypes(files, []))).toEqual([]);
  });

  test("every export has its name in its own file", () => {
    expect(unnamedExports(one("export default 1;"), "src/mod.ts")).toHaveLength(1);
    expect(unnamedExports(one(`export * from "./b.ts"; export const a = 1;`), "src/mod.ts")).toHaveLength(1);
    expect(unnamedExports(one(`export { a } from "./b.ts";`), "src/mod.ts")).toHaveLength(1);
    expect(unnamedExports(one(`import { a } from "./b.ts"; export { a };`), "src/mod.ts")).toHaveLength(1);
    expect(unnamedExports(one(`export { a } from "./b.ts";`, "src/mod.ts"), "src/mod.ts")).toEqual([]);
    expect(unnamedExports(one(`export type { A } from "./b.ts"; export const b = 1;`), "src/mod.ts")).toEqual([]);
    expect(unnamedExports(files, "src/mod.ts")).toEqual([]);
  });

  test("files are kebab-case and named after what is in them", () => {
    expect(badFileNames(["src/Foo.ts", "src/foo_bar.ts", "src/date-utils.ts", "src/common/a.ts", "src/index.ts"]))
      .toHaveLength(5);
    expect(badFileNames(["src/kernel/actor-ref.ts", "test/a.test.ts", "src/utilisation.ts"])).toEqual([]);
    expect(badFileNames(files.map(({ path }) => path))).toEqual([]);
  });

  test("types are nouns without decoration", () => {
    expect(decoratedTypeNames(one("interface IStore {} class StoreImpl {} type Id = string; interface Index {}")))
      .toHaveLength(2);
    expect(decoratedTypeNames(files)).toEqual([]);
  });
});

describe("words", () => {
  const one = (text: string, path = "src/runtime/a.ts") => [parseSource(path, text)];

  test("generic folders never name the shop's domain", () => {
    for (
      const text of [
        "orderId;",
        "a.stock;",
        `"order/1";`,
        "`from order_summaries`;",
        "class Payments {}",
        `"Customer";`,
      ]
    ) {
      expect(domainWords(one(text)), text).toHaveLength(1);
      expect(domainWords(one(text, "src/shop/a.ts")), text).toEqual([]);
    }
    expect(domainWords(one("", "src/runtime/order-step.ts"))).toHaveLength(1);
    for (
      const text of [
        "`select 1 order by position`;",
        `"kept in order";`,
        "// an order\nreordered;",
        "border;",
        "production;",
      ]
    ) {
      expect(domainWords(one(text)), text).toEqual([]);
    }
    expect(domainWords(files)).toEqual([]);
  });

  test("only the kernel looks at the clock or throws dice", () => {
    const forbidden = [
      "Date.now();",
      "new Date();",
      "Math.random();",
      "setTimeout(f, 1);",
      "globalThis.setInterval(f, 1);",
      "const { random } = Math;",
      "const later = setTimeout;",
      "AbortSignal.timeout(5);",
      `import { setTimeout as sleep } from "node:timers/promises";`,
      `import { randomUUID } from "node:crypto";`,
    ];
    for (const text of forbidden) {
      expect(clockAndChance(one(text), []).length, text).toBeGreaterThan(0);
      expect(clockAndChance(one(text, "src/kernel/clock.ts"), []), text).toEqual([]);
      expect(clockAndChance(one(text), ["src/runtime/a.ts"]), text).toEqual([]);
    }
    for (
      const text of [
        "new Date(ms).toISOString();",
        "clock.now();",
        "socket.setTimeout(5);",
        "const a = { setTimeout: 1 };",
      ]
    ) {
      expect(clockAndChance(one(text), []), text).toEqual([]);
    }
    expect(clockAndChance(files, Object.keys(MAY_SEE_THE_CLOCK))).toEqual([]);
    expect(staleExceptions(MAY_SEE_THE_CLOCK, clockAndChance(files, []))).toEqual([]);
  });

  test("only src/config.ts reads the environment", () => {
    for (
      const text of [
        "process.env.A;",
        `globalThis.process.env["A"];`,
        "const { env } = process;",
        `import { env } from "node:process";`,
      ]
    ) {
      expect(environmentReaders(one(text)), text).toHaveLength(1);
      expect(environmentReaders(one(text, "src/config.ts")), text).toEqual([]);
    }
    expect(environmentReaders(one("config.env; process.exit(1);"))).toEqual([]);
    expect(environmentReaders(files)).toEqual([]);
  });

  test("no notes to self, no registry addresses", () => {
    const note = ["TO", "DO"].join("");
    expect(neverCommitted("a.md", `fine\n${note}: later`)).toEqual([expect.stringMatching(/^a\.md:2 /)]);
    expect(neverCommitted("a.json", JSON.stringify({ resolved: "x" }))).toHaveLength(1);
    const texts = paths.filter((path) => path !== "LICENSE");
    expect(texts.flatMap((path) => neverCommitted(path, readRepositoryFile(path)))).toEqual([]);
    expect(paths.filter((path) => /(^|\/)\.npmrc$/.test(path))).toEqual([]);
  });
});

test("docs/architecture.md gives every dependency its reason, and every folder its row", () => {
  const text = readRepositoryFile("docs/architecture.md");
  const { dependencies, optionalDependencies, devDependencies } = manifest;
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
  const folders = HOUSE.map(({ where }) => where.replace(/^src\//, ""));
  expect([...names, ...folders].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

function isAbout(finding: string, exceptions: Exceptions): boolean {
  return Object.keys(exceptions).some((path) => finding.startsWith(`${path}:`));
}

/** Exceptions that nothing needs any more, so that the lists only shrink. */
function staleExceptions(exceptions: Exceptions, findings: readonly string[]): string[] {
  return Object.keys(exceptions).filter((path) => !findings.some((finding) => finding.startsWith(`${path}:`)));
}
