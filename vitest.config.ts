import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Deno 2.9.5 now and then dies of SIGSEGV while these tests send what no client sends over HTTP/2, and the run with it.
const CRASHES_DENO = ["test/api/grpc/bad-input.test.ts"];
const isDeno = process.versions["deno"] !== undefined;
if (isDeno && process.env["VITEST_POOL_ID"] === undefined) {
  process.stderr.write(
    `Skipped on Deno, whose HTTP/2 crashes in them: ${CRASHES_DENO.join(", ")}. They run on Node.\n`,
  );
}

export default defineConfig({
  // The example in docs names the package, as everybody's code does.
  resolve: {
    alias: {
      statewright: fileURLToPath(new URL("src/mod.ts", import.meta.url)),
      // As Node resolves it for everybody else; two copies of it do not know each other's types.
      graphql: fileURLToPath(new URL("node_modules/graphql/index.js", import.meta.url)),
    },
  },
  test: {
    include: ["test/**/*.test.ts", "docs/example/*.test.ts"],
    exclude: ["test/cluster/**", ...isDeno ? CRASHES_DENO : []],
    globalSetup: "test/support/global-setup.ts",
    // Forks, because vitest on Deno has no worker threads; two, because that is what the smallest machine has.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
