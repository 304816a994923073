/**
 * Writes a corpus: few and short histories that take every transition of the shipped machines.
 *
 *     node test/corpus/generate.ts test/corpus/<year-month>.jsonl
 *
 * A corpus stays as it is once it is committed: it stands for what is stored out there. A machine that has got new
 * transitions gets a further file.
 */
import { writeFileSync } from "node:fs";
import { endLine, headerLine, historyLines } from "../../src/cli/transfer/history-file.ts";
import { steppedActors } from "../../src/cli/histories/definitions.ts";
import type { ActorRef } from "../../src/kernel/ids.ts";
import { type Acceptance, judgeOutcome, judgeProposal } from "../../src/runtime/acceptance.ts";
import { MAX_DEFERRED } from "../../machines/stock/counts.ts";
import type { ActorState, EventMetadata } from "../../src/runtime/actor-state.ts";
import { failed, fired } from "../../src/runtime/outcomes.ts";
import { recordEvent } from "../../src/runtime/record.ts";
import { registerActors, type RegisteredActor } from "../../src/runtime/register.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import { seeded } from "../support/order-histories.ts";
import { transitionsOf, transitionsTaken } from "../support/transitions.ts";
import { CANDIDATES } from "./candidates.ts";

const random = seeded(1);
const TRIES = 40_000;
const STEPS = 8;
/** Lives of more events are not gone on from. */
const LONGEST = 40;
const BEGINNING = Date.parse("2026-11-01T00:00:00Z");

interface Life {
  readonly rows: readonly StoredEvent[];
  readonly state: ActorState | undefined;
}

const NOT_BORN: Life = { rows: [], state: undefined };

function withEvent(
  actor: RegisteredActor,
  ref: ActorRef,
  { rows, state }: Life,
  acceptance: Acceptance,
  settles?: string,
) {
  const stream = `${ref.type}/${ref.id}`;
  const about = { correlation: `${stream}/1`, ...(settles !== undefined && { settles }) };
  const recorded = recordEvent(actor, ref, state, acceptance, about, 1);
  const { version } = recorded.state;
  const row = { ...recorded.event, stream, version, position: version, recordedAt: 0 };
  return { rows: [...rows, row], state: recorded.state };
}

/** One more event, if the one that the dice say can be. */
function grown(actor: RegisteredActor, ref: ActorRef, life: Life): Life | undefined {
  const { state } = life;
  const told = CANDIDATES[ref.type]!.filter(({ type }) =>
    (type === actor.definition.created) === (state === undefined)
  );
  const open = (state?.open ?? []).filter(({ kind }) => kind === "timer" || kind === "activity");
  const choice = Math.floor(random() * (told.length + open.length));
  const effect = open[choice - told.length];
  if (effect === undefined) {
    const verdict = judgeProposal(actor, ref, state, { event: told[choice]!, by: "internal" });
    return verdict.outcome === "accepted" ? withEvent(actor, ref, life, verdict) : undefined;
  }
  const error = { name: "Error", message: "no answer", code: "" };
  const outcome = effect.kind === "timer"
    ? fired(effect)
    : effect.kind === "activity"
    ? failed(effect, error)
    : undefined;
  const acceptance = outcome && judgeOutcome(actor, ref, state!, outcome);
  return acceptance && withEvent(actor, ref, life, acceptance, effect.id);
}

/** Stock that is asked for while it is counted, until no more can wait, is a life that dice would hardly find. */
function crowded(actor: RegisteredActor, ref: ActorRef): Life {
  const [opened, , requested, released, , started] = CANDIDATES["stock"]!;
  const events = [
    opened!,
    requested!,
    started!,
    ...Array.from({ length: MAX_DEFERRED + 1 }, () => requested!),
    released!,
  ];
  return events.reduce<Life>((life, event) => {
    const verdict = judgeProposal(actor, ref, life.state, { event, by: "internal" });
    if (verdict.outcome === "accepted") return withEvent(actor, ref, life, verdict);
    throw new Error(`${event.type} was refused`);
  }, NOT_BORN);
}

/** The same life under another address. */
function retold(actor: RegisteredActor, ref: ActorRef, { rows }: Life): Life {
  return rows.reduce<Life>((life, { type, data, metadata }) => {
    const { settles } = JSON.parse(metadata) as EventMetadata;
    const told = JSON.parse(data) as object;
    const verdict = settles === undefined
      ? judgeProposal(actor, ref, life.state, { event: { ...told, type }, by: "internal" })
      : judgeOutcome(actor, ref, life.state!, { effectId: settles, type, data: told });
    if (verdict === undefined || verdict.outcome === "refused") throw new Error(`${type} was refused`);
    return withEvent(actor, ref, life, verdict, settles);
  }, NOT_BORN);
}

/** Lives that take every transition, none of which could be left out. */
function coveringLives(actor: RegisteredActor): Life[] {
  const { type } = actor.definition;
  const ref = { type, id: "draft" };
  const all = transitionsOf(actor.machine);
  const lives: { life: Life; taken: Set<unknown> }[] = [];
  const covered = new Set<unknown>();
  const note = (life: Life): boolean => {
    const taken = new Set([...transitionsTaken(actor, ref, life.rows).transitions].filter((each) => all.has(each)));
    if ([...taken].every((each) => covered.has(each))) return false;
    for (const each of taken) covered.add(each);
    lives.push({ life, taken });
    return true;
  };
  if (type === "stock") note(crowded(actor, ref));
  for (let n = 0; n < TRIES && covered.size < all.size; n++) {
    // Half of the lives begin anew, half go on from one that was worth keeping.
    let life = random() < 0.5 || lives.length === 0 ? NOT_BORN : lives[Math.floor(random() * lives.length)]!.life;
    if (life.rows.length > LONGEST) life = NOT_BORN;
    for (let step = 0; step < STEPS; step++) {
      const longer = grown(actor, ref, life);
      if (longer === undefined) continue;
      life = longer;
      if (note(life)) break;
    }
  }
  const missing = [...all].filter(([each]) => !covered.has(each)).map(([, words]) => words);
  if (missing.length > 0) throw new Error(`${type}: not taken are\n  ${missing.join("\n  ")}`);
  return withoutTheNeedless(lives).map((life, n) => retold(actor, { type, id: `corpus-${n + 1}` }, life));
}

function withoutTheNeedless(lives: readonly { life: Life; taken: Set<unknown> }[]): Life[] {
  let needed = lives.toSorted((a, b) => a.life.rows.length - b.life.rows.length);
  for (const each of needed) {
    const others = needed.filter((other) => other !== each);
    if ([...each.taken].every((one) => others.some(({ taken }) => taken.has(one)))) needed = others;
  }
  return needed.map(({ life }) => life);
}

let position = 0;
const histories = [...registerActors(steppedActors()).values()].flatMap(coveringLives).map(({ rows }) =>
  rows.map((row) => ({ ...row, position: ++position, recordedAt: BEGINNING + position * 1_000 }))
);
const text = [
  headerLine({ head: position, redacted: false, live: true }),
  ...histories.flatMap((rows) => historyLines({ rows, undelivered: [] })),
  endLine({ histories: histories.length, events: position }),
];
writeFileSync(process.argv[2]!, `${text.join("\n")}\n`);
console.log(`${histories.length} histories with ${position} events`);
