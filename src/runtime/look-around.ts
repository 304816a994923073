/** What a diagnosis needs to know beside the actor: the actors that it waits for, and how its activities go. */
import { type ActorRef, streamOf } from "../kernel/ids.ts";
import type { EventLog } from "../store/store.ts";
import type { Standing } from "../store/standing.ts";
import type { AskActor } from "./actor-requests.ts";
import type { ActorState } from "./actor-state.ts";
import { diagnose, type OtherActor, type Surroundings, versionOf } from "./diagnosis.ts";
import type { Diagnosis } from "./operations.ts";
import { type Committed, recover } from "./recovery.ts";
import type { RegisteredActor } from "./register.ts";

/** Other actors that are looked at for one diagnosis, at most. */
const MAX_OTHERS = 20;

export interface LookAroundHost {
  readonly store: EventLog & Pick<Standing, "now">;
  readonly registered: ReadonlyMap<string, RegisteredActor>;
  /** Undefined: how activities go is not asked. */
  readonly ask?: AskActor;
}

/** The diagnosis of an actor as the log has it; undefined when there is none. @throws what its replay throws */
export async function diagnoseFrom(
  host: LookAroundHost,
  registered: RegisteredActor,
  ref: ActorRef,
): Promise<Diagnosis | undefined> {
  const { committed } = await recover(host.store, registered, ref, streamOf(ref));
  if (committed === undefined) return undefined;
  return diagnose(registered, ref, committed.state, await lookAround(host, ref, committed));
}

async function lookAround(host: LookAroundHost, ref: ActorRef, { state, updatedAt }: Committed): Promise<Surroundings> {
  const [now, times, attempts, others] = await Promise.all([
    host.store.now(),
    recordingTimes(host, ref, state, updatedAt),
    attemptsOf(host, ref, state),
    otherActors(host, state),
  ]);
  return { now, updatedAt, recordedAt: (version) => times.get(version) ?? updatedAt, attempts, others };
}

/** When the events were recorded that asked for what is open. */
async function recordingTimes(
  { store }: LookAroundHost,
  ref: ActorRef,
  { open, version }: ActorState,
  updatedAt: number,
): Promise<ReadonlyMap<number, number>> {
  const earlier = new Set(open.filter(({ kind }) => kind !== "timer").map(({ id }) => versionOf(id)));
  const times = new Map([[version, updatedAt]]);
  for (const fromVersion of earlier) {
    const [row] = times.has(fromVersion) ? [] : await store.read(streamOf(ref), { fromVersion, limit: 1 });
    if (row) times.set(fromVersion, row.recordedAt);
  }
  return times;
}

/** Nothing when the node that would know cannot be asked. */
async function attemptsOf(
  { ask }: LookAroundHost,
  ref: ActorRef,
  { open }: ActorState,
): Promise<Surroundings["attempts"]> {
  const effects = open.filter(({ kind }) => kind === "activity").map(({ id }) => id);
  if (ask === undefined || effects.length === 0) return {};
  return await ask(ref, "attempts", { effects }).catch(() => ({}));
}

async function otherActors(
  { store, registered }: LookAroundHost,
  { open }: ActorState,
): Promise<ReadonlyMap<string, OtherActor>> {
  const others = new Map<string, OtherActor>();
  for (const effect of open) {
    if ((effect.kind !== "message" && effect.kind !== "child") || others.size >= MAX_OTHERS) continue;
    const stream = streamOf(effect.to);
    const other = registered.get(effect.to.type);
    if (other === undefined || others.has(stream)) continue;
    try {
      const { committed } = await recover(store, other, effect.to, stream);
      others.set(stream, committed ? { registered: other, state: committed.state } : null);
    } catch {
      others.set(stream, "unreadable");
    }
  }
  return others;
}
