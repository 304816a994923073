/** Finds actors that nobody can wake, and those that have waited long past their time. */
import { plainError } from "../kernel/errors.ts";
import { refOf } from "../kernel/ids.ts";
import type { EventLog } from "../store/store.ts";
import type { StandingActor } from "../store/standing.ts";
import { versionOf } from "./diagnosis.ts";
import { duration } from "./diagnosis-sentence.ts";
import type { OpenEffectNote } from "./effects.ts";
import { diagnoseFrom, type LookAroundHost } from "./look-around.ts";
import { hasState } from "./machine-changes.ts";
import type { StuckActor, StuckPage } from "./operations.ts";
import { OUTCOME_NAMES } from "./outcome-names.ts";
import type { RegisteredActor } from "./register.ts";
import { nodesTo } from "./step.ts";

/** A timer fires within a second of its time; later than this somebody has to look. */
const OVERDUE_MS = 60_000;
/** Longer than every retry of an ordinary activity takes. */
const LONG_WORK_MS = 15 * 60_000;
const READ_AT_ONCE = 500;
const LOOKED_AT_A_PAGE = 5_000;
const FOUND_A_PAGE = 50;

export async function findStuck(
  host: LookAroundHost & { readonly store: LookAroundHost["store"] & { standing: Standings } },
  { after, type }: { readonly after?: string | undefined; readonly type?: string | undefined },
): Promise<StuckPage> {
  const now = await host.store.now();
  const items: StuckActor[] = [];
  let before = after;
  for (let looked = 0; looked < LOOKED_AT_A_PAGE && items.length < FOUND_A_PAGE; looked += READ_AT_ONCE) {
    const page = await host.store.standing({ type, before, limit: READ_AT_ONCE });
    for (const row of page) {
      const found = await judge(host, row, now);
      if (found) items.push({ actor: refOf(row.stream), state: row.state, ...found });
      before = row.stream;
      if (items.length >= FOUND_A_PAGE) return { items, next: before };
    }
    if (page.length < READ_AT_ONCE) return { items, next: undefined };
  }
  return { items, next: before };
}

type Standings = (options: { type?: string | undefined; before?: string | undefined; limit: number }) => Promise<
  StandingActor[]
>;

type Finding = Pick<StuckActor, "why" | "since" | "sentence">;

async function judge(host: LookAroundHost, row: StandingActor, now: number): Promise<Finding | undefined> {
  const registered = host.registered.get(refOf(row.stream).type);
  // What other nodes run is theirs to judge.
  if (registered === undefined) return undefined;
  const open = row.open === null ? [] : JSON.parse(row.open) as OpenEffectNote[];
  if (hasState(registered.machine, row.state)) {
    const late = overdue(row, now) ?? await longAtWork(host.store, row, open, now);
    if (late) return late;
    if (isPlainlyFine(registered, row, open)) return undefined;
  }
  return await examine(host, registered, row);
}

function overdue({ dueAt }: StandingActor, now: number): Finding | undefined {
  if (dueAt === null || now - dueAt <= OVERDUE_MS) return undefined;
  const sentence = `A timer should have fired ${duration(now - dueAt)} ago. ` +
    "Does a node run that runs this type, and do dead letters tell of it?";
  return { why: "timer overdue", since: dueAt, sentence };
}

async function longAtWork(
  store: Pick<EventLog, "read">,
  { stream, version, recordedAt }: StandingActor,
  open: readonly OpenEffectNote[],
  now: number,
): Promise<Finding | undefined> {
  const [oldest] = open.filter(({ kind }) => kind === "activity" || kind === "message")
    .toSorted((a, b) => versionOf(a.effect) - versionOf(b.effect));
  if (oldest === undefined) return undefined;
  const fromVersion = versionOf(oldest.effect);
  const [asking] = fromVersion === version ? [] : await store.read(stream, { fromVersion, limit: 1 });
  const since = asking?.recordedAt ?? recordedAt;
  if (now - since <= LONG_WORK_MS) return undefined;
  const sentence = `Its ${oldest.kind} "${oldest.what}" has been under way for ${duration(now - since)}.`;
  return { why: "work takes long", since, sentence };
}

/**
 * Judged by the row alone, since nearly all actors are fine: something is open that ends by itself, it has come to its
 * end, or its state accepts something whatever the context is. Whoever was told an outcome last may have failed on it.
 */
function isPlainlyFine(
  { definition, machine }: RegisteredActor,
  { state, type }: StandingActor,
  open: readonly OpenEffectNote[],
): boolean {
  if (open.some(({ kind }) => kind !== "child")) return true;
  if (OUTCOME_NAMES.has(type)) return false;
  const lines = state === "" ? [[machine.root]] : state.split(" | ").map((path) => nodesTo(machine.root, path));
  if (lines.every(([, top]) => top?.type === "final")) return true;
  return lines.flat().some(({ transitions }) =>
    Object.keys(definition.events).some((event) =>
      event !== definition.created && transitions.get(event)?.some(({ guard }) => guard === undefined)
    )
  );
}

async function examine(
  host: LookAroundHost,
  registered: RegisteredActor,
  { stream, recordedAt: since }: StandingActor,
): Promise<Finding | undefined> {
  try {
    const diagnosis = await diagnoseFrom(host, registered, refOf(stream));
    if (diagnosis?.status === "error") return { why: "failed", since, sentence: diagnosis.sentence };
    if (diagnosis?.status !== "active" || diagnosis.canBeWoken) return undefined;
    return { why: "nothing can wake it", since, sentence: diagnosis.sentence };
  } catch (thrown) {
    const sentence = `${plainError(thrown).message}.`;
    return { why: "history cannot be replayed", since, sentence };
  }
}
