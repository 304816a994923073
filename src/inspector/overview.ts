/** The first glance: what needs somebody, what stands where, what flows, what is behind. */
import { meaningOfState } from "../shop/orders/order-states.ts";
import { standingOf } from "./chart-routes.ts";
import { countsByState, sum } from "./lists/counts.ts";
import { countDeadLetters } from "./lists/dead-letters.ts";
import { ms } from "./lists/list.ts";
import { countTimers } from "./lists/timers.ts";
import { listStuck } from "./lists/stuck.ts";
import type { Workshop } from "./workshop.ts";

const WINDOW_MS = 60_000;

/** Each number comes with the list that it counts, as an address relative to the API's root. */
export async function overview(workshop: Workshop) {
  const { machines, readModels, cache, clock } = workshop;
  const [head, counted, rates, timers, letters, lag, nodes, stuck] = await Promise.all([
    cache.head(),
    Promise.all(machines.all.map(async ({ type }) => [type, await standingOf(workshop, type)] as const)),
    ratesOf(workshop),
    countTimers(readModels),
    countDeadLetters(readModels),
    lagOf(workshop),
    nodesOf(workshop),
    stuckOf(workshop),
  ]);
  return {
    at: clock.now(),
    head,
    ...ordersOf(workshop, new Map(counted).get("order") ?? new Map()),
    stuck,
    types: counted.map(([type, states]) => ({ type, count: sum(states.values()), list: `instances?type=${type}` })),
    rates,
    lag,
    timers: {
      due: { count: timers.due, list: "timers?due=now" },
      pending: { count: timers.pending, list: "timers" },
      nextDueAt: timers.nextDueAt,
    },
    deadLetters: {
      count: sum(letters.map(({ count }) => count)),
      list: "dead-letters",
      groups: letters.map((group) => ({ ...group, list: `dead-letters?reason=${encodeURIComponent(group.reason)}` })),
    },
    nodes,
  };
}

/** By the state that they rest in. */
function ordersOf({ machines }: Workshop, counts: ReadonlyMap<string, number>) {
  const { model } = machines.of("order");
  const leaves = countsByState(model, counts).filter(({ path }) => !model.states.some(({ parent }) => parent === path));
  const list = (state: string) => `instances?type=order&state=${encodeURIComponent(state)}`;
  const needing = leaves.filter(({ path }) => needsSomebody(path));
  return {
    needsIntervention: { count: sum(needing.map(({ count }) => count)), list: list("needsIntervention") },
    orders: leaves.map(({ path, count }) => ({
      state: path,
      status: meaningOfState(path).status,
      count,
      list: list(path),
    })),
  };
}

function needsSomebody(state: string): boolean {
  return meaningOfState(state).status === "needsIntervention";
}

async function ratesOf({ readModels }: Workshop) {
  const rows = await readModels.query(
    `with recent as (select stream, recorded_at from events order by position desc limit 20000)
     select split_part(stream, '/', 1) as type, count(*)::int as events from recent
     where recorded_at > clock_timestamp() - interval '${WINDOW_MS} ms' group by 1 order by 2 desc`,
  );
  const perType = rows.map(({ type, events }) => ({ type: type as string, events: events as number }));
  return {
    eventsPerSecond: sum(perType.map(({ events }) => events)) / (WINDOW_MS / 1_000),
    windowMs: WINDOW_MS,
    perType,
  };
}

async function lagOf({ relayLag, readers }: Workshop) {
  const [relay, lags] = await Promise.all([relayLag(), readers()]);
  return {
    relay: relay ?? null,
    readers: lags.map(({ name, position, lagPositions, lagSeconds, parked }) => ({
      name,
      position,
      lagPositions,
      lagSeconds,
      parked,
    })),
  };
}

async function nodesOf({ readModels }: Workshop) {
  const rows = await readModels.query(
    `select id, ${ms("seen_at")} as seen_at, to_json(types)::text as types from nodes order by id`,
  );
  return rows.map(({ id, seen_at: seenAt, types }) => ({ id, seenAt, types: JSON.parse(types as string) as string[] }));
}

/** Null where nobody can tell. */
async function stuckOf(workshop: Workshop) {
  const { operations } = workshop;
  if (operations === undefined) return null;
  const { count, complete } = await listStuck(operations, workshop);
  return { count, complete, list: "stuck" };
}
