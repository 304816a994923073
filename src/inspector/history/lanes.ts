/** The saga as lanes: one an actor, with what it did, the work under way, and the messages between them. */
import { refOf, streamOf } from "../../kernel/ids.ts";
import type { ActorRef } from "../../kernel/ids.ts";
import { type Machines, versionThatWrote } from "../machines.ts";
import { isUndoing, messagesSent, undoneSteps } from "./compensations.ts";
import type { Correlated, CorrelatedRow } from "./correlated.ts";
import { isCompensatingState, kindOf } from "./step-row.ts";

export function showLanes(machines: Machines, { rows, correlations, complete }: Correlated) {
  const streams = [...new Set(rows.map(({ stream }) => stream))];
  const heard = new Map(rows.flatMap((row) => row.metadata.id === undefined ? [] : [[row.metadata.id, row]]));
  return {
    correlations,
    from: Math.min(...rows.map(({ at }) => at)),
    to: Math.max(...rows.map(({ at }) => at)),
    lanes: streams.map((stream) => laneOf(machines, stream, rows.filter((row) => row.stream === stream))),
    messages: messagesSent(rows).map(({ row, id, message }) => {
      const target = heard.get(id);
      return {
        id,
        from: { stream: row.stream, version: row.version },
        to: { stream: streamOf(message.to), version: target?.version ?? null },
        event: message.event.type,
        sentAt: row.at,
        heardAt: target?.at ?? null,
        compensating: isUndoing(message.event.type),
      };
    }),
    undo: undoneSteps(rows),
    complete,
  };
}

function laneOf(machines: Machines, stream: string, rows: readonly CorrelatedRow[]) {
  const ref: ActorRef = refOf(stream);
  const machine = machines.of(ref.type);
  return {
    stream,
    type: ref.type,
    title: ref.type,
    events: rows.map(({ version, position, type, at, state, metadata }) => ({
      version,
      position,
      type,
      at,
      state,
      kind: kindOf(type, metadata, stream),
      compensating: isCompensatingState(versionThatWrote(machine, metadata.machine).model, state),
    })),
    bars: rows.flatMap((row) => barsOf(row, rows)),
  };
}

/** Work from when it was asked for to its outcome, or to when nobody waited for it any more. */
function barsOf({ stream, version, at, effects }: CorrelatedRow, rows: readonly CorrelatedRow[]) {
  return effects.flatMap((effect, n) => {
    if (effect.kind !== "activity") return [];
    const id = `${version}/${n}`;
    const end = rows.find(({ metadata, effects: later }) =>
      metadata.settles === id || later.some((other) => other.kind === "close" && other.effect === id)
    );
    const outcome = end?.metadata.settles === id ? end.type : null;
    return [{
      effect: `${stream}/${id}`,
      src: effect.src,
      from: at,
      to: end?.at ?? null,
      fromPosition: rows.find((row) => row.version === version)!.position,
      toPosition: end?.position ?? null,
      outcome,
      failed: outcome === "ActivityFailed",
      // Attempts are no events: who asks while it is under way learns them from `why`.
      attempts: null,
    }];
  });
}
