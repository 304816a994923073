/** An actor at one version: where it stood, what it knew, what it waited for, and what could have come next. */
import type { AnyMachineSnapshot } from "xstate";
import { streamOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { ActorState } from "../../runtime/actor-state.ts";
import type { OpenEffect, OpenEffectNote } from "../../runtime/effects.ts";
import type { MachineEvent } from "../../runtime/machine-event.ts";
import { edgesPossible } from "../chart/edges-taken.ts";
import type { ChartModel } from "../chart/chart-model.ts";
import { type Machine, versionStoodOn } from "../machines.ts";
import { redact } from "../personal-fields.ts";
import { eventForms } from "./event-forms.ts";
import { effectsOfRow, showEffect, type Showing } from "./shown-effects.ts";
import type { Tape, Wound } from "./tapes.ts";

export interface Look extends Showing {
  readonly mayMend: boolean;
}

/** What is told of a state, wherever it came from. @param since when the effects of a version were asked for */
export function showState(machine: Machine, state: ActorState, look: Look, since: (version: number) => number | null) {
  const { snapshot, path, version, open } = state;
  const { status, tags, context } = snapshot;
  const on = versionStoodOn(machine, snapshot);
  return {
    version,
    machine: { version: on.version, newest: machine.version, path: on.path },
    state: path,
    status,
    tags: [...tags],
    active: activePaths(path),
    context: look.seesPersonal ? context as unknown : redact(context, machine.personal),
    open: open.map((effect) => showOpen(machine.type, on.model, path, effect, look, since)),
    next: nextEvents(machine, on.model, state, look),
  };
}

/** The states that hold it, from the outside in. */
function activePaths(path: string): string[] {
  const paths = path.split(" | ").flatMap((leaf) => {
    const keys = leaf.split(".");
    return keys.map((_, n) => keys.slice(0, n + 1).join("."));
  });
  return [...new Set(paths)];
}

function showOpen(
  type: string,
  model: ChartModel,
  path: string,
  effect: OpenEffect,
  look: Look,
  since: (version: number) => number | null,
) {
  const { id, dueAt, position: _, correlationId: __, traceparent: ___, ...asked } = effect;
  const at = since(Number(id.split("/", 1)[0]));
  return {
    id,
    ...showEffect(asked, type, look),
    since: at,
    ...(asked.kind === "message" && { to: streamOf(asked.to), event: asked.event.type }),
    ...(asked.kind === "timer" && {
      dueAt: dueAt ?? (at === null ? null : at + asked.delayMs),
      firesEdges: edgesPossible(model, path, asked.event.type),
    }),
  };
}

/** What the machine would take now, from whomever it may come. */
function nextEvents({ registered }: Machine, model: ChartModel, { snapshot, path }: ActorState, { mayMend }: Look) {
  if (snapshot.status !== "active") return [];
  const { created, events } = registered.definition;
  return eventForms(registered.definition).flatMap(({ type, sample }) => {
    const { by } = events[type]!;
    if (type === created || ![{}, sample].some((data) => isTaken(snapshot, { ...data, type }))) return [];
    return [{ event: type, by, edges: edgesPossible(model, path, type), mayPropose: mayMend && by !== "internal" }];
  });
}

function isTaken(snapshot: AnyMachineSnapshot, event: MachineEvent): boolean {
  try {
    return snapshot.can(event);
  } catch {
    return false;
  }
}

/** A version of a history, as the page about it needs it. */
export async function showMoment(
  tape: Tape,
  { row, state }: Wound,
  look: Look,
  readModels: Transaction,
) {
  const { machine, steps } = tape;
  const { version, position, recordedAt } = row;
  const past = steps.slice(0, version);
  const latest = version === steps.length;
  const shown = showState(machine, state, look, (asked) => steps[asked - 1]?.at ?? null);
  const undelivered = latest ? await undeliveredMessages(readModels, row.stream) : undefined;
  return {
    position,
    at: recordedAt,
    latest,
    ...shown,
    open: [...shown.open, ...messagesOf(tape, row.effects, version, look, undelivered)],
    path: [...new Set(past.flatMap(({ edges }) => edges))],
    visited: [...new Set(past.map((step) => step.state))],
  };
}

/** Those of this event; at the end of the history only what is not delivered, of whichever event. */
function messagesOf(
  { ref, steps }: Tape,
  effects: string | null,
  version: number,
  look: Look,
  undelivered: readonly OpenEffectNote[] | undefined,
) {
  if (undelivered) {
    return undelivered.map(({ effect, what }) => {
      const [event = "", to = ""] = what.split(" → ");
      return {
        id: effect,
        kind: "message",
        what,
        event,
        to,
        since: steps[Number(effect.split("/", 1)[0]) - 1]?.at ?? null,
      };
    });
  }
  return effectsOfRow(effects).flatMap((effect, n) =>
    effect.kind !== "message" ? [] : [{
      id: `${version}/${n}`,
      ...showEffect(effect, ref.type, look),
      event: effect.event.type,
      to: streamOf(effect.to),
      since: steps[version - 1]!.at,
    }]
  );
}

async function undeliveredMessages(readModels: Transaction, stream: string): Promise<OpenEffectNote[]> {
  const [row] = await readModels.query("select open::text as open from waiting where stream = $1", [stream]);
  const notes = row === undefined ? [] : JSON.parse(row["open"] as string) as OpenEffectNote[];
  return notes.filter(({ kind }) => kind === "message");
}
