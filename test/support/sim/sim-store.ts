/** The store as one node sees it: the shared database over a network, with the Postgres store's own way to append. */
import postgres from "postgres";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { createAppend } from "../../../src/store/postgres/append.ts";
import type { AppendCalls } from "../../../src/store/postgres/append-calls.ts";
import { createAppendHints } from "../../../src/store/postgres/append-hints.ts";
import type { ReadModels } from "../../../src/store/read-models.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Chance } from "./chance.ts";
import type { SimDatabase } from "./sim-database.ts";
import type { SimProcess } from "./sim-process.ts";
import type { Weather } from "./weather.ts";
import { callOver, type Journey, latencyMs } from "./wire.ts";
import type { World } from "./world.ts";

export type NodeStore = Store & Pick<ReadModels, "addReader" | "fold" | "checkpoint" | "readers">;

interface Surroundings {
  readonly world: World;
  readonly weather: Weather;
  readonly database: SimDatabase;
  readonly process: SimProcess;
  /** True while the node cannot reach the database. */
  isAway(): boolean;
}

/** As the driver throws it: whether the statement was carried out is not known. */
const connectionLost = () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
const notConnected = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const lockNotFree = () =>
  new postgres.PostgresError({ code: "55P03", message: "canceling statement due to lock timeout" } as never);
const unavailable = () =>
  new StatewrightError("UNAVAILABLE", "The database does not answer (read ECONNRESET); try again");

export function nodeStore(around: Surroundings): NodeStore {
  const { world, database, process } = around;
  const chance = world.chance(`store of ${process.name}`);
  const { store, readModels } = database;
  const appends = appendsOf(around, chance);

  const call = <Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> => {
    world.trace(`${process.name} ${name}`);
    const travels = journey(around, chance, "store", unavailable);
    const isClaim = name === "claimOrphans" || name === "takeOver";
    const replyLost = (isClaim && around.weather.strikes("claimReplyLost", chance.next())) ||
      travels.replyLost === true;
    return callOver(world, process, { ...travels, replyLost }, work);
  };

  const calls = Object.fromEntries(
    Object.entries(store).filter(([, member]) => typeof member === "function").map(([name, member]) => {
      const method = member as (...args: unknown[]) => Promise<unknown>;
      const work = async (args: readonly unknown[]) => {
        const answer = await method.apply(store, [...args]);
        noteRare(world, name, answer);
        return answer;
      };
      return [name, (...args: unknown[]) => call(name, () => work(args))];
    }),
  ) as unknown as Store;

  return {
    ...calls,
    description: "simulated",
    append: (node, runs) => appends.append(node, runs),
    onAppended: async (callback) => store.onAppended(hinted(around, chance, callback)),
    onMembersChanged: async (callback) => store.onMembersChanged(hinted(around, chance, callback)),
    advancePartition: (name, cursor, to, work) =>
      call("advancePartition", () => store.advancePartition(name, cursor, to, work)),
    addReader: (reader) => call("addReader", async () => readModels.addReader(reader)),
    checkpoint: (reader) => call("checkpoint", async () => readModels.checkpoint(reader)),
    readers: () => call("readers", async () => readModels.readers()),
    fold: (reader, { limit }, work) => {
      const fate = { workMs: latencyMs(chance, false), isCut: around.weather.strikes("storeLost", chance.next()) };
      return call("fold", () => readModels.fold(reader, limit, work, fate, (run) => process.deliver(run)));
    },
    ping: async () => {},
    close: async () => {},
  };
}

/** What nodes take up that others have left, and what is rarely asked at all. */
function noteRare(world: World, name: string, answer: unknown): void {
  const path = RARE[name];
  const streams = Array.isArray(answer) ? answer.flatMap((row: { stream?: string }) => row.stream ?? []) : [];
  if (path === undefined || (Array.isArray(answer) && streams.length === 0)) return;
  world.count(path);
  if (streams.length > 0) world.trace(`${path}: ${streams}`);
}

const RARE: Readonly<Record<string, string>> = {
  claimOrphans: "work of the dead taken up",
  takeOver: "claims handed on",
  claims: "claims recalled",
  saveSnapshot: "snapshot taken",
};

/** Appending is the Postgres store's own code; only its calls are simulated. */
function appendsOf(around: Surroundings, chance: Chance) {
  const { world, weather, database, process } = around;
  const refusals = world.chance(`refusals of ${process.name}`);
  const hints = createAppendHints(process, async () => {});
  const over = <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    if (around.isAway()) {
      return callOver(world, process, { thereMs: 1, backMs: 1, lost: true, onLost: notConnected }, () => never);
    }
    const isRefused = weather.strikes("appendRefused", refusals.next());
    const travels = journey(around, chance, "append", connectionLost);
    return callOver(world, process, travels, () => isRefused ? Promise.reject(lockNotFree()) : call());
  };
  const calls: AppendCalls = {
    quick: (call, runs) => over(() => database.quick(call, runs)),
    careful: (call, runs) => over(() => database.careful(call, runs)),
    close: async () => {},
  };
  return createAppend(calls, hints, process);
}

const never = new Promise<never>(() => {});

function journey(
  { weather, isAway }: Surroundings,
  chance: Chance,
  what: "store" | "append",
  onLost: () => Error,
): Journey {
  const [lost, replyLost, slow, ms] = [chance.next(), chance.next(), chance.next(), chance.int(50, 4_000)];
  const thereMs = latencyMs(chance, false) + (weather.strikes("storeSlow", slow) ? ms : 0);
  return {
    thereMs,
    backMs: latencyMs(chance, false),
    lost: isAway() || weather.strikes(`${what}Lost`, lost),
    replyLost: weather.strikes(`${what}ReplyLost`, replyLost),
    onLost,
  };
}

/** A hint may be lost, and comes a little later. */
function hinted({ world, weather, process }: Surroundings, chance: Chance, callback: () => void): () => void {
  return () => {
    const isLost = weather.strikes("hintLost", chance.next());
    const delayMs = latencyMs(chance, false);
    if (!isLost) world.after(delayMs, () => process.deliver(callback));
  };
}
