/** What must hold of what people, followers and the feed were told, besides the shop's own invariants. */
import type { StoredEvent } from "../../../src/store/store.ts";
import type { Plan } from "./plan.ts";
import type { Claim } from "./sim-desk.ts";
import type { Flaw } from "./world.ts";

export interface Wires {
  readonly events: readonly StoredEvent[];
  readonly feed: readonly { readonly position: number; readonly id: string }[];
  readonly claims: readonly Claim[];
  readonly keyed: ReadonlyMap<string, string>;
  readonly watched: ReadonlyMap<string, number>;
  readonly plan: Plan;
}

export function wireFlaws(wires: Wires): Flaw[] {
  return [...feedFlaws(wires), ...claimFlaws(wires), ...keyFlaws(wires), ...followerFlaws(wires)];
}

/** Once all has healed, the feed holds each event of the log once, in its order. */
function* feedFlaws({ events, feed }: Wires): Generator<Flaw> {
  const name = "the feed is the log";
  const at = events.findIndex(({ stream, version }, i) => feed[i]?.id !== `${stream}/${version}`);
  const expected = events[at];
  if (expected) {
    yield { name, sentence: `message ${at + 1} is ${feed[at]?.id}, not ${expected.stream}/${expected.version}` };
  }
  if (feed.length > events.length) {
    yield { name, sentence: `it holds ${feed.length} messages of ${events.length} events` };
  }
}

/** Whatever anybody was told of a version is what the log has there. */
function* claimFlaws({ events, claims }: Wires): Generator<Flaw> {
  const rows = new Map(events.map((row) => [`${row.stream}/${row.version}`, row]));
  for (const { stream, version, state, type } of claims) {
    const row = rows.get(`${stream}/${version}`);
    if (row?.state === state && (type === undefined || row.type === type)) continue;
    const sentence =
      `somebody was told that ${stream}/${version} is ${type} in ${state}: it is ${row?.type} in ${row?.state}`;
    yield { name: "what was told is so", sentence };
  }
}

/** One order a request key, and the one that its client was told of. */
function* keyFlaws({ events, keyed, plan }: Wires): Generator<Flaw> {
  for (const { id } of plan.orders.filter(({ hasKey }) => hasKey)) {
    const placed = events.filter(({ type, stream }) => type === "OrderPlaced" && stream.startsWith(`order/${id}-`));
    const told = keyed.get(id);
    if (placed.length > 1) yield { name: "one order a key", sentence: `${id} was placed ${placed.length} times` };
    if (told !== undefined && placed[0]?.stream !== `order/${told}`) {
      yield { name: "one order a key", sentence: `${id} was told to be ${told}, and is ${placed[0]?.stream}` };
    }
  }
}

/** Who follows an actor has seen all of it. */
function* followerFlaws({ events, watched }: Wires): Generator<Flaw> {
  for (const [stream, seen] of watched) {
    const last = events.findLast((row) => row.stream === stream)?.version ?? 0;
    if (seen !== last) {
      yield { name: "followers miss nothing", sentence: `${stream} was followed to ${seen} of ${last}` };
    }
  }
}
