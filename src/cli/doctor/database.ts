/** The database: whether it keeps what it was given, and how the actors in it fare. */
import type { Clock } from "../../kernel/clock.ts";
import { lagOf } from "../../projection/lag.ts";
import { type DatabaseFacts, examineDatabase as factsOf } from "../../store/postgres/checkup.ts";
import { migrationState } from "../../store/postgres/migrate.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";
import { bytes, type Finding, finding, judged } from "./finding.ts";

const TOLERABLE_SKEW_MS = 1_000;
const TOLERABLE_LAG_S = 10;
const FULL_SHARE = 0.8;

export async function examineMigrations(url: string): Promise<Finding> {
  const { pending, unknown } = await migrationState(url);
  if (pending.length > 0) {
    return finding(
      "migrations",
      "wrong",
      `Pending: ${pending.join(", ")}. With the same DATABASE_URL: npm run migrate`,
    );
  }
  if (unknown.length === 0) return finding("migrations", "ok", "All are applied");
  return finding("migrations", "wrong", `A newer version was here (${unknown.join(", ")}): run that one`);
}

/** @param isOurs true for the embedded server, where everybody may everything */
export async function examineDatabase(store: PostgresStore, clock: Clock, isOurs: boolean): Promise<Finding[]> {
  const facts = await factsOf(store);
  return [
    finding("database", "ok", `${store.description}, ${bytes(facts.sizeBytes)}, ${await store.head()} events`),
    ...settingFindings(facts, isOurs),
    await examineClock(store, clock),
    ...liveFindings(facts),
    ...await readerFindings(store, clock),
    await letterFinding(store),
  ];
}

function settingFindings(
  { settings, isStandby, mayChangeEvents, connections }: DatabaseFacts,
  isOurs: boolean,
): Finding[] {
  const setting = (name: string, verdict: "warning" | "wrong", advice: string, isFine = settings[name] === "on") =>
    judged(name, isFine, verdict, settings[name] ?? "unknown", advice);
  const most = Number(settings["max_connections"]);
  return [
    judged("standby", !isStandby, "wrong", isStandby ? "It is a standby" : "It takes writes", "use the primary"),
    setting("fsync", "wrong", "what was accepted is lost when the power goes; turn it on"),
    setting("full_page_writes", "wrong", "a crash may tear pages; turn it on"),
    setting(
      "synchronous_commit",
      "wrong",
      "what was accepted may be lost in a crash; turn it on",
      settings["synchronous_commit"] !== "off",
    ),
    setting("data_checksums", "warning", "damage of the disk is not noticed"),
    setting("autovacuum", "warning", "the table of what is waited for grows without it"),
    judged(
      "connections",
      connections < most * FULL_SHARE,
      "warning",
      `${connections} of ${most}`,
      "raise max_connections",
    ),
    judged(
      "role",
      isOurs || !mayChangeEvents,
      "warning",
      mayChangeEvents ? "It could change events, if no trigger refused it" : "It can only read and add events",
      "grant the application's role no more than select and insert on events",
    ),
  ];
}

/** The node's own clock decides nothing, but what people read in its log is by it. */
async function examineClock(store: PostgresStore, clock: Clock): Promise<Finding> {
  const before = clock.now();
  const there = await store.now();
  const skew = Math.round(there - (before + clock.now()) / 2);
  const detail = `The database's is ${Math.abs(skew)} ms ${skew < 0 ? "behind" : "ahead"}`;
  return judged(
    "clock",
    Math.abs(skew) <= TOLERABLE_SKEW_MS,
    "warning",
    detail,
    "times in logs will not match; use NTP",
  );
}

function liveFindings({ nodes, overdueTimers, orphans }: DatabaseFacts): Finding[] {
  const alive = nodes.length === 0 ? "None is alive" : `${nodes.length} alive: ${nodes.join(", ")}`;
  const waits = "does a node run that runs their types?";
  return [
    judged("nodes", nodes.length > 0, "warning", alive, "nothing moves until one starts"),
    judged("timers", overdueTimers === 0, "wrong", `${overdueTimers} a minute past due`, waits),
    judged("work", orphans === 0, "warning", `${orphans} actors with work that no living node has`, waits),
  ];
}

async function readerFindings(store: PostgresStore, clock: Clock): Promise<Finding[]> {
  const readers = [...await store.readers(), ...await store.subscriptions()];
  return (await lagOf(store, clock, readers)).map(({ name, lagPositions, lagSeconds, parked }) => {
    const detail = `${lagPositions} positions (${lagSeconds.toFixed(1)} s) behind, ${parked} parked`;
    const isFine = lagSeconds <= TOLERABLE_LAG_S && parked === 0;
    return judged(
      `reader ${name}`,
      isFine,
      "warning",
      detail,
      "is its process there? What it has parked waits for a redrive",
    );
  });
}

async function letterFinding(store: PostgresStore): Promise<Finding> {
  const reasons = await store.deadLetterReasons();
  const detail = reasons.length === 0 ? "None" : reasons.map(({ reason, count }) => `${count} ${reason}`).join(", ");
  return judged("dead letters", reasons.length === 0, "warning", detail, "`dead-letters` lists them");
}
