/** `npm run statewright -- <command>`: everything but serving. */
import { defineCommand } from "citty";
import { runCommandLine } from "./command-line.ts";
import { migrateCommand } from "./migrate.ts";
import { replayCommand } from "./replay.ts";

const statewright = defineCommand({
  meta: { name: "npm run statewright --", description: "Looks at and looks after the actors of Statewright" },
  subCommands: { replay: replayCommand, migrate: migrateCommand },
});

await runCommandLine({
  command: statewright,
  examples: [
    "npm run statewright -- replay order/<id>             each event with state, effects and time",
    "npm run statewright -- replay order/<id> --to 3      … up to its third version",
    "npm run statewright -- replay order/<id> --json      … for machines",
    "DATABASE_URL=postgres://… npm run statewright -- migrate",
  ],
}, process.argv.slice(2));
