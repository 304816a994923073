/** What every log keeps, whatever its machines are about. */
import type { Effect } from "../../src/runtime/effects.ts";
import type { LogBooks } from "./books.ts";
import type { Breach, Invariant } from "./invariant.ts";
import type { Life, Moment } from "./lives.ts";

/** Each stream's versions are 1, 2, 3 …, and positions rise. */
const versionsAreDense: Invariant<LogBooks> = {
  name: "versions are dense, and positions rise",
  *breaches({ events }, lives) {
    let before = 0;
    for (const { stream, position } of events) {
      if (position <= before) yield { stream, sentence: `position ${position} comes after ${before}` };
      before = position;
    }
    for (const { stream, moments } of lives.values()) {
      for (const [i, { row }] of moments.entries()) {
        if (row.version !== i + 1) yield { stream, sentence: `version ${row.version} stands in place ${i + 1}` };
      }
    }
  },
};

const replayGivesTheSameBytes: Invariant<LogBooks> = {
  name: "replay gives the same bytes",
  *breaches(_, lives) {
    for (const { stream, moments } of lives.values()) {
      for (const { row, differences } of moments) {
        for (const { what, stored, replayed } of differences) {
          yield {
            stream,
            sentence: `version ${row.version} (${row.type}): the ${what} was ${stored} and is now ${replayed}`,
          };
        }
      }
    }
  },
};

/** What a stream has asked for and has not heard the end of, moment by moment. Messages are looked at elsewhere. */
export class OpenEffects {
  readonly open = new Map<string, { readonly effect: Effect; readonly moment: Moment }>();

  /** Takes the moment in; answers what it settled. */
  take(moment: Moment): { readonly effect: Effect; readonly moment: Moment } | undefined {
    const { settles } = moment.metadata;
    const settled = settles === undefined ? undefined : this.open.get(settles);
    if (settles !== undefined) this.open.delete(settles);
    for (const [n, effect] of moment.effects.entries()) {
      if (effect.kind === "close") this.open.delete(effect.effect);
      else if (effect.kind !== "emit") this.open.set(`${moment.row.version}/${n}`, { effect, moment });
    }
    return settled;
  }
}

const outcomesSettleWhatWasOpen: Invariant<LogBooks> = {
  name: "an outcome settles what was open, once",
  *breaches(_, lives) {
    for (const { stream, moments } of lives.values()) {
      const effects = new OpenEffects();
      for (const moment of moments) {
        const { row, metadata } = moment;
        if (effects.take(moment) === undefined && metadata.settles !== undefined) {
          yield { stream, sentence: `version ${row.version} (${row.type}) settles ${metadata.settles}, not open then` };
        }
      }
    }
  },
};

const timersKeepTheirTime: Invariant<LogBooks> = {
  name: "no timer fires before its time, and none twice",
  *breaches(_, lives) {
    for (const { stream, moments } of lives.values()) {
      const effects = new OpenEffects();
      for (const moment of moments) {
        const settled = effects.take(moment);
        if (moment.row.type === "TimerFired") yield* firedWrongly(stream, moment, settled);
      }
    }
  },
};

function* firedWrongly(
  stream: string,
  { row, metadata }: Moment,
  settled: { readonly effect: Effect; readonly moment: Moment } | undefined,
): Generator<Breach> {
  if (settled?.effect.kind !== "timer") {
    yield { stream, sentence: `version ${row.version} fires the timer ${metadata.settles}, not running then` };
    return;
  }
  const early = timeOf(settled.moment) + settled.effect.delayMs - timeOf({ row, metadata });
  if (early > 0) yield { stream, sentence: `the timer ${metadata.settles} fired ${early} ms before its time` };
}

/** Where it was first recorded, if it was imported from there. */
function timeOf({ row, metadata }: Pick<Moment, "row" | "metadata">): number {
  return metadata.recordedAt ?? row.recordedAt;
}

/**
 * What the log leaves open is what the actor's waiting row says, or the row is of an earlier moment and makes somebody
 * look in time: else somebody waits for what nobody will do.
 */
const waitingIsWhatIsOpen: Invariant<LogBooks> = {
  name: "the waiting row is what the log leaves open",
  *breaches({ waiting }, lives) {
    if (waiting === undefined) return;
    const rows = new Map(waiting.map((row) => [row.stream, row]));
    for (const { stream } of waiting) {
      if (!lives.has(stream)) yield { stream, sentence: "has a waiting row and no events" };
    }
    for (const life of lives.values()) {
      const row = rows.get(life.stream);
      const noted = JSON.parse(row?.open ?? "[]") as { effect: string; kind: string }[];
      const byRow = noted.filter(({ kind }) => kind !== "message");
      const byLog = openAtTheEnd(life).filter(({ kind }) => kind !== "message");
      const [rowIds, logIds] = [byRow, byLog].map((open) => open.map(({ effect }) => effect).sort().join());
      const hasWork = [...noted, ...byLog].some(({ kind }) => kind === "activity" || kind === "message");
      const firstDue = Math.min(...byLog.map(({ dueAt }) => dueAt));
      const comesInTime = !hasWork && byLog.length > 0 && (row?.dueAt ?? Infinity) <= firstDue;
      if (rowIds !== logIds && !comesInTime) {
        yield { stream: life.stream, sentence: `its row waits for [${rowIds}], its events for [${logIds}]` };
      }
      if (firstDue < Infinity && row?.dueAt === null) {
        yield { stream: life.stream, sentence: "has a timer running that is never due" };
      }
    }
  },
};

interface LeftOpen {
  readonly effect: string;
  readonly kind: Effect["kind"];
  /** Infinity for what is no timer. */
  readonly dueAt: number;
}

function openAtTheEnd({ moments }: Life): LeftOpen[] {
  const effects = new OpenEffects();
  for (const moment of moments) effects.take(moment);
  return [...effects.open].map(([id, { effect, moment }]) => {
    const dueAt = effect.kind === "timer" ? moment.row.recordedAt + effect.delayMs : Infinity;
    return { effect: id, kind: effect.kind, dueAt };
  });
}

const everythingComesToAnEnd: Invariant<LogBooks> = {
  name: "everything comes to an end",
  atRest: true,
  *breaches({ waiting = [], now }) {
    for (const { stream, dueAt, open } of waiting) {
      for (const { effect, kind, what } of JSON.parse(open) as Record<string, string>[]) {
        if (kind === "activity" || kind === "message") {
          yield { stream, sentence: `its ${kind} ${effect} (${what}) never came to an end` };
        }
      }
      if (dueAt !== null && dueAt <= now) yield { stream, sentence: `a timer is overdue by ${now - dueAt} ms` };
    }
  },
};

export const LOG_INVARIANTS: readonly Invariant<LogBooks>[] = [
  versionsAreDense,
  replayGivesTheSameBytes,
  outcomesSettleWhatWasOpen,
  timersKeepTheirTime,
  waitingIsWhatIsOpen,
  everythingComesToAnEnd,
];
