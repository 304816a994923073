/** `npm run statewright -- <command>`: everything but serving. */
import { defineCommand } from "citty";
import { runCommandLine } from "./command-line.ts";
import { migrateCommand } from "./migrate.ts";
import { projectionsCommand } from "./projections.ts";
import { queuesCommand } from "./queues.ts";
import { replayCommand } from "./replay.ts";
import { subscriptionsCommand } from "./subscriptions.ts";

const statewright = defineCommand({
  meta: { name: "npm run statewright --", description: "Looks at and looks after the actors of Statewright" },
  subCommands: {
    replay: replayCommand,
    projections: projectionsCommand,
    subscriptions: subscriptionsCommand,
    queues: queuesCommand,
    migrate: migrateCommand,
  },
});

await runCommandLine({
  command: statewright,
  examples: [
    "npm run statewright -- replay order/<id>             each event with state, effects and time",
    "npm run statewright -- replay order/<id> --to 3      … up to its third version",
    "npm run statewright -- replay order/<id> --json      … for machines",
    "npm run statewright -- projections                   how far the read models are",
    "npm run statewright -- projections rebuild <name>    … one made anew, while the old one serves",
    "npm run statewright -- subscriptions redrive <name>  its parked events are tried again",
    "npm run statewright -- queues                        the task queues: waiting, in process, dead",
    "npm run statewright -- queues dead mail              the dead tasks of one, with reasons",
    "npm run statewright -- queues redrive mail --dry-run how many would be tried again",
    "DATABASE_URL=postgres://… npm run statewright -- migrate",
  ],
}, process.argv.slice(2));
