/** `statewright doctor`: whether everything is as it should be, and what to do where it is not. */
import { defineCommand } from "citty";
import { type Config, readConfig } from "../config.ts";
import { systemClock as clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { findRunning } from "../store/embedded/embedded-postgres.ts";
import { openPostgresStore } from "../store/postgres/postgres-store.ts";
import { print } from "./command-line.ts";
import { examineBroker } from "./doctor/broker.ts";
import { examineDatabase, examineMigrations } from "./doctor/database.ts";
import { type Finding, finding } from "./doctor/finding.ts";
import { examineMachine } from "./doctor/machine.ts";
import { openStore } from "./open-store.ts";

const MARKS = { ok: "✔", warning: "!", wrong: "✘", away: "✘" } as const;

export const doctorCommand = defineCommand({
  meta: { name: "doctor", description: "Examine the machine, the database and the bus" },
  args: { json: { type: "boolean", description: "one JSON object a line, for machines" } },
  async run({ args }) {
    const config = readConfig();
    const findings: Finding[] = [];
    const tell = async (found: readonly Finding[]) => {
      findings.push(...found);
      for (const one of found) await print(args.json ? JSON.stringify(one) : textOf(one));
    };
    const isEmbedded = config.databaseUrl === undefined;
    await withDatabase(config, async (url) => {
      await tell(await examineMachine(isEmbedded ? config.dataFolder : undefined));
      await tell(await examineAt(url, isEmbedded));
    });
    await tell(await examineBroker(config, clock));
    conclude(findings);
  },
});

/** @throws StatewrightError for the exit code: what is away goes before what is wrong */
function conclude(findings: readonly Finding[]): void {
  const count = (verdict: Finding["verdict"]) => findings.filter((one) => one.verdict === verdict).length;
  if (count("away") > 0) throw new StatewrightError("UNAVAILABLE", `${count("away")} cannot be reached.`);
  if (count("wrong") > 0) {
    throw new StatewrightError("INTERNAL", `${count("wrong")} wrong, ${count("warning")} to be watched.`);
  }
}

/** An embedded server that does not run is started for as long as it is looked at. */
async function withDatabase(config: Config, work: (url: string) => Promise<void>): Promise<void> {
  if (config.databaseUrl !== undefined) return await work(config.databaseUrl);
  const running = await findRunning(config.dataFolder);
  if (running?.databaseUrl !== undefined) return await work(running.databaseUrl);
  const { url, close } = await openStore(config, { command: "npm run statewright -- doctor", share: true });
  try {
    await work(url);
  } finally {
    await close();
  }
}

async function examineAt(url: string, isOurs: boolean): Promise<Finding[]> {
  try {
    const migrations = await examineMigrations(url);
    if (migrations.verdict !== "ok") return [migrations];
    const store = await openPostgresStore({ url });
    try {
      return [migrations, ...await examineDatabase(store, clock, isOurs)];
    } finally {
      await store.close();
    }
  } catch (thrown) {
    const error = StatewrightError.from(thrown);
    return [finding("database", error.code === "UNAVAILABLE" ? "away" : "wrong", error.message)];
  }
}

function textOf({ what, verdict, detail }: Finding): string {
  return `${MARKS[verdict]} ${what.padEnd(28)}  ${detail}`;
}
