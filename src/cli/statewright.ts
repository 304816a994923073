/** `npm run statewright -- <command>`: everything but serving. */
import { defineCommand } from "citty";
import { actorsCommand } from "./actors.ts";
import { checkCommand } from "./check.ts";
import { runCommandLine } from "./command-line.ts";
import { deadLettersCommand } from "./dead-letters.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { migrateCommand } from "./migrate.ts";
import { ordersCommand } from "./orders.ts";
import { projectionsCommand } from "./projections.ts";
import { queuesCommand } from "./queues.ts";
import { replayCommand } from "./replay.ts";
import { stuckCommand } from "./stuck.ts";
import { subscriptionsCommand } from "./subscriptions.ts";
import { whyCommand } from "./why.ts";

const statewright = defineCommand({
  meta: { name: "npm run statewright --", description: "Looks at and looks after the actors of Statewright" },
  subCommands: {
    replay: replayCommand,
    check: checkCommand,
    export: exportCommand,
    import: importCommand,
    why: whyCommand,
    stuck: stuckCommand,
    actors: actorsCommand,
    orders: ordersCommand,
    "dead-letters": deadLettersCommand,
    doctor: doctorCommand,
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
    "npm run statewright -- replay order/<id> --step      … one event at a time",
    "npm run statewright -- replay                        every stored transition, proven again",
    "npm run statewright -- check --machine change.ts     would it break an order that exists?",
    "npm run statewright -- export order --out orders.jsonl   histories, with pseudonyms for personal values",
    "npm run statewright -- import orders.jsonl           … into another store",
    "npm run statewright -- why order/<id>                what it waits for",
    "npm run statewright -- stuck                         actors that nobody can wake",
    "npm run statewright -- orders watch <id>             its events, as they come",
    "npm run statewright -- actors list order --state needsIntervention",
    `npm run statewright -- actors propose order/<id> OrderShipped '{}' --reason "it has left"`,
    'npm run statewright -- dead-letters redrive --of "message refused" --dry-run',
    "npm run statewright -- doctor                        whether all is as it should be",
    "npm run statewright -- projections                   how far the read models are",
    "npm run statewright -- projections verify --all      … and whether they are what the log says",
    "npm run statewright -- projections rebuild <name>    … one made anew, while the old one serves",
    "npm run statewright -- subscriptions redrive <name>  its parked events are tried again",
    "npm run statewright -- queues                        the task queues: waiting, in process, dead",
    "npm run statewright -- queues dead mail              the dead tasks of one, with reasons",
    "npm run statewright -- queues redrive mail --dry-run how many would be tried again",
    "DATABASE_URL=postgres://… npm run statewright -- migrate",
  ],
}, process.argv.slice(2));
