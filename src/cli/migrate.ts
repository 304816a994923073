/** `npm run migrate`: brings the database's tables to what this version needs. */
import { defineCommand } from "citty";
import { readConfig } from "../config.ts";
import { print } from "./command-line.ts";
import { openStore } from "./open-store.ts";

export const migrateCommand = defineCommand({
  meta: { name: "migrate", description: "Bring the database to what this version needs" },
  async run() {
    const { applied, close } = await openStore(readConfig(), {
      command: "npm run migrate",
      share: true,
      migrate: true,
    });
    await close();
    await print(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}`);
  },
});
