/** Starts the embedded PostgreSQL on the folder of the first argument and holds it until SIGTERM. */
import { startEmbeddedPostgres } from "../../src/store/embedded/embedded-postgres.ts";

const [dataFolder = "", fresh] = process.argv.slice(2);
try {
  const postgres = await startEmbeddedPostgres({ dataFolder, fresh: fresh === "--fresh", command: "the holder" });
  postgres.announce("http://localhost:4711");
  process.on("SIGTERM", () => void postgres.stop().then(() => process.exit(0)));
  console.log(JSON.stringify({ url: postgres.url, folder: postgres.folder, insteadOf: postgres.insteadOf }));
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
}
