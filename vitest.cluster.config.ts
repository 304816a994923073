import { defineConfig } from "vitest/config";

/** `npm run test:cluster`: whole clusters of real processes under failure. One after the other, as each takes the machine. */
export default defineConfig({
  test: {
    include: ["test/cluster/**/*.test.ts"],
    globalSetup: "test/support/global-setup.ts",
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
