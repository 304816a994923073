import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Deno 2.9.5 now and then dies in these tests, and the run with it: an assertion of its HTTP/2 library fails (nghttp2,
// find_stream_on_goaway_func), or SIGSEGV. They send what no client sends.
const CRASHES_DENO = ["test/api/grpc/bytes.test.ts"];
/** A browser, a package, containers' files, PostgreSQL's own ways, pure functions at length: once is enough. */
const SAME_EVERYWHERE = [
  "test/inspector/browser/*.test.ts",
  "test/{compose,pack,docs/tutorial}.test.ts",
  "test/property/**/*.test.ts",
  "test/store/embedded/*.test.ts",
  "test/cli/{check,operator,transfer}.test.ts",
];
const isDeno = process.versions["deno"] !== undefined;
if (isDeno && process.env["VITEST_POOL_ID"] === undefined) {
  process.stderr.write(
    `Skipped on Deno, whose HTTP/2 crashes in them: ${
      CRASHES_DENO.join(", ")
    }; and because the engine is all the same ` +
      `to them: ${SAME_EVERYWHERE.join(", ")}. They run on Node.\n`,
  );
}

/** Whole clusters, which wait more than they work: two at a time. */
const CLUSTER = ["test/cluster/**/*.test.ts"];
/** Nodes that fail at every point: each takes the machine for itself. */
const CRASH = ["test/crash/**/*.test.ts"];
/** These start programs or a browser, wait for time-outs, or play thousands of histories. */
const SYSTEM = [
  "test/{cli,e2e,projection,property,simulation}/**/*.test.ts",
  "test/api/parity/parity.test.ts",
  "test/contract/task-queues-*.test.ts",
  "test/machines/saga.property.test.ts",
  "test/messaging/{jetstream-tasks,relay,relay-failures}.test.ts",
  "test/runtime/cluster/*.test.ts",
  "test/shop/demo/*.test.ts",
  "test/shop/projections/rebuild-under-load.test.ts",
  "test/store/postgres/{append,migrate}.test.ts",
  "test/inspector/browser/*.test.ts",
  "test/runtime/durability/*.test.ts",
  "test/store/embedded/*.test.ts",
  "test/{compose,main,pack,docs/tutorial}.test.ts",
];
const PATIENT = { testTimeout: 300_000 };

/** One project a suite: `npm test` is `quick`, and `npm run test:<name>` the others. */
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
    globalSetup: "test/support/global-setup.ts",
    // Forks, because vitest on Deno has no worker threads; two, because that is what the smallest machine has.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts", "docs/example/*.test.ts"],
          exclude: [...SYSTEM, ...CLUSTER, ...CRASH, ...isDeno ? CRASHES_DENO : []],
        },
      },
      { extends: true, test: { name: "system", include: SYSTEM, exclude: isDeno ? SAME_EVERYWHERE : [] } },
      { extends: true, test: { name: "cluster", include: CLUSTER, ...PATIENT } },
      { extends: true, test: { name: "crash", include: CRASH, ...PATIENT, maxWorkers: 1, fileParallelism: false } },
    ],
  },
});
