/** What `npm start` asks before it runs machines: does any that has changed break an actor that is stored? */
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { registerActors, type RegisteredActor } from "../../runtime/register.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";
import { steppedActors } from "../histories/definitions.ts";
import { type CheckReport, runCheck } from "./run-check.ts";
import { count, textReport } from "./text-report.ts";

export interface StartCheck {
  readonly store: PostgresStore;
  /** Where that store is. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The reason for which a machine that breaks live actors may run; undefined: none may. */
  readonly acceptBecause: string | undefined;
}

/**
 * Checks the machines that are not the ones of the last start against all stored histories, and records what was found.
 * Without a changed machine it is one query.
 * @throws StatewrightError `HISTORY_MISMATCH` with the report, when a live actor would break and nobody accepts that
 */
export async function refuseBreakingMachines(start: StartCheck): Promise<void> {
  const { store, url, clock, logger, acceptBecause } = start;
  const ran = await machinesOfLastStart(store);
  const machines = [...registerActors(steppedActors()).values()];
  const changed = machines.filter((machine) => ran.get(machine.definition.type) !== identitiesOf(machine));
  if (changed.length === 0) return;
  const types = changed.map(({ definition }) => definition.type);
  const head = await store.head();
  if (head > 0) logger.info({ types }, "machines have changed: all stored histories are checked");
  const type = types.length === 1 ? types[0]! : null;
  const report = await runCheck(clock, { url, machine: null, type, head, threads: undefined });
  const breaking = new Map(types.map((type) => [type, breakingIn(report, type)]));
  const broken = types.filter((type) => breaking.get(type)! > 0);
  if (broken.length > 0 && acceptBecause === undefined) throw refusal(broken, report);
  for (const machine of changed) {
    const { type } = machine.definition;
    const count = breaking.get(type)!;
    await store.query(
      "insert into machine_checks (type, identity, head, breaking, accepted_because) values ($1, $2, $3, $4, $5)",
      [type, identitiesOf(machine), head, count, count === 0 ? null : acceptBecause!],
    );
  }
}

/** Of all its versions: one that is no longer begun with may have changed as well. */
function identitiesOf({ versions }: RegisteredActor): string {
  return versions.map(({ identity }) => identity).join(" ");
}

function breakingIn({ groups }: CheckReport, type: string): number {
  return groups.reduce((sum, group) => sum + (group.breaks && group.type === type ? group.live : 0), 0);
}

async function machinesOfLastStart(store: PostgresStore): Promise<ReadonlyMap<string, string>> {
  const rows = await store.query("select distinct on (type) type, identity from machine_checks order by type, id desc");
  return new Map(rows.map(({ type, identity }) => [String(type), String(identity)]));
}

function refusal(types: readonly string[], report: CheckReport): StatewrightError {
  const groups = report.groups.filter(({ type, breaks }) => breaks && types.includes(type));
  const breaking = groups.reduce((sum, { live }) => sum + live, 0);
  return new StatewrightError(
    "HISTORY_MISMATCH",
    `${textReport({ ...report, groups, breaking })}\n\nThe machine has changed (${types.join(", ")}), and ${
      count(breaking, "live actor", "live actors")
    } could not go on with it, so nothing was started. Keep what they need, or start all the same, which is recorded:\n` +
      `  npm start -- --accept-machine-change "<reason>"`,
  );
}
