/** An old Node is told what to do before it meets the first .ts file; any other keeps what it has compiled. */
import path from "node:path";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { readRepositoryFile } from "../support/source-tree.ts";

const source = readRepositoryFile("src/cli/first-on-node.cjs");

interface Told {
  said: string;
  exitCode: number | undefined;
  readonly env: Record<string, string>;
}

function tell(version: string, directory?: string, env: Record<string, string> = {}): Told {
  const told: Told = { said: "", exitCode: undefined, env };
  const enableCompileCache = (folder: string) => ({ directory: directory && `${directory} for ${folder}` });
  const context = createContext({
    process: { versions: { node: version }, env, exit: (code: number) => told.exitCode = code },
    console: { error: (text: string) => told.said = text },
    __dirname: "/app/src/cli",
    require: (name: string) => name === "node:path" ? path : { enableCompileCache },
  });
  runInContext(source, context);
  return told;
}

test.each(["18.20.8", "20.20.2", "22.17.1"])("Node %s is too old", (version) => {
  expect(tell(version, "/cache")).toEqual({
    env: {},
    said: `Statewright needs Node 22.18 or newer, and this is ${version}. ` +
      "Install the one that comes with it: npm ci --include=optional",
    exitCode: 1,
  });
});

test.each(["22.18.0", "24.0.0", "26.1.0"])("Node %s will do", (version) => {
  expect(tell(version)).toEqual({ said: "", exitCode: undefined, env: {} });
});

test("threads and programs keep what they compile where this one does", () => {
  const kept = "/cache for /app/node_modules/.cache/compiled";
  expect(tell("24.0.0", "/cache").env).toEqual({ NODE_COMPILE_CACHE: kept });
  expect(tell("24.0.0", "/cache", { NODE_COMPILE_CACHE: "/mine" }).env).toEqual({ NODE_COMPILE_CACHE: "/mine" });
});

test("every script that runs a file of ours on Node asks first, and hands its process over", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readRepositoryFile("package.json"));
  const running = Object.values(scripts).filter((script) => /\bnode .* src\//.test(script));
  expect(running.length).toBeGreaterThanOrEqual(3);
  for (const script of running) expect(script).toMatch(/^exec node -r \.\/src\/cli\/first-on-node\.cjs (--\S+ )?src\//);
});

test("it is written for any age of Node", () => {
  expect(source).not.toMatch(/=>|\bconst\b|\blet\b|`|\?\.|\?\?/);
});
