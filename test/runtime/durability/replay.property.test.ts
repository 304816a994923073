/**
 * Whatever happens, in whatever order, with crashes at whatever point: the histories replay to the very bytes that the
 * live actors had, and what waits for its outcome after a recovery is what waited before.
 */
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refOf } from "../../../src/kernel/ids.ts";
import { waitingFor } from "../../../src/runtime/effects.ts";
import { recover } from "../../../src/runtime/recovery.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { snapshotHash } from "../../../src/runtime/snapshot-hash.ts";
import { canonicalSnapshot } from "../../../src/runtime/step.ts";
import type { Store } from "../../../src/store/store.ts";
import { flawsOf, histories } from "../../support/histories.ts";
import { beginLife, type Happening, type Life } from "../../support/random-life.ts";
import { look } from "../../support/toy-calls.ts";
import { boss, gate, task, worker } from "../../support/toys.ts";
import { alarm, foreman, frail, oracle, pilgrim } from "../../support/toys-effects.ts";
import { statecharts } from "../../support/toys-statecharts.ts";
import type { Activity, ActorDefinition } from "../../../src/runtime/definition.ts";

/** A few seconds. A night's worth: `TEST_PROPERTY_RUNS=50000`. */
const RUNS = Math.ceil(Number(env["TEST_PROPERTY_RUNS"] ?? 200) / 4);
const TIMEOUT_MS = 30_000 + RUNS * 1_000;

const toys = (work: Activity): ActorDefinition[] => [
  gate,
  worker(work),
  task,
  boss,
  alarm,
  pilgrim,
  oracle,
  frail(work),
  foreman,
  ...statecharts,
];
const registered = registerActors(toys({ run: async () => null }));

/** Who may be told what; children are told by their names as they come to be. */
const TOLD: Record<string, string[]> = {
  "gate/a": ["Built", "Opened", "Closed", "Counted"],
  "worker/a": ["Hired", "Abandoned", "Resumed"],
  "boss/a": ["Appointed", "Prodded", "LostPatience"],
  "task/boss_a_1_helper": ["Done"],
  "alarm/a": ["Made", "Set", "Set", "Hushed"],
  "pilgrim/a": ["SetOut", "Wondered"],
  "oracle/a": ["Founded"],
  "foreman/a": ["Employed", "Called", "FrailCalled", "WentHome"],
  "task/foreman_a_2_hand": ["Done"],
  "task/foreman_a_4_hand": ["Done"],
  "scales/a": ["Hung", "Loaded"],
  "desk/a": ["Bought", "LampSwitched", "DrawerPulled", "DrawerFilled", "Locked"],
  "radio/a": ["Unpacked", "SwitchedOn", "Continued", "SwitchedOff", "TapeInserted", "Skipped"],
  "exam/a": ["Begun", "Answered", "Marked"],
};

const fields = (type: string, n: number): object => {
  switch (type) {
    case "Closed":
      return { why: "so" };
    case "Counted":
    case "Loaded":
      return { by: n - 10 };
    case "Appointed":
      return { of: n };
    case "Set":
      return { ms: n * 40 };
    case "Wondered":
      return { number: n, oracle: "a" };
    case "Answered":
      return { points: n };
    default:
      return {};
  }
};

const toldTo = (...actors: string[]): fc.Arbitrary<Happening> =>
  fc.record({
    actor: fc.constantFrom(...actors),
    choice: fc.nat(5),
    n: fc.nat(20),
    // Few, so that some are told twice.
    messageId: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(3) }),
  }).map(({ actor, choice, n, messageId }): Happening => {
    // Who came to be is told something else.
    const [birth, ...others] = TOLD[actor]!;
    const type = others.length === 0 ? birth! : others[choice % others.length]!;
    const options = messageId === undefined ? {} : { options: { messageId: `m${messageId}` } };
    return { kind: "told", call: { actor, event: { type, ...fields(type, n) }, ...options } };
  });

const death = fc.record({ moment: fc.constantFrom("before", "after"), append: fc.integer({ min: 1, max: 3 }) });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: toldTo(...Object.keys(TOLD)) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 150 }).map((ms): Happening => ({ kind: "time", ms })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("succeeds", "fails", "hangs").map((next): Happening => ({ kind: "work", next })),
  },
  {
    weight: 2,
    arbitrary: fc.option(death, { nil: undefined }).map((one): Happening => ({
      kind: "crash",
      ...(one && { death: one }),
    })),
  },
);

/** First everybody comes to be, so that most of what follows is accepted. */
const births: Happening[] = Object.entries(TOLD).filter(([actor]) => actor.endsWith("/a")).map(([actor, [type]]) => ({
  kind: "told",
  call: { actor, event: { type: type!, ...fields(type!, 7) } },
}));

/** Replays whole histories, whatever snapshots there are. */
const withoutSnapshots = (store: Store): Store => ({ ...store, load: (stream) => store.load(stream, null) });

/** @param mayBeEarly a node has died, which may have left rows of timers that are over: they wake their actors in time */
async function expectSame(life: Life, streams: Iterable<string>, mayBeEarly: boolean): Promise<void> {
  for (const stream of streams) {
    const ref = refOf(stream);
    const definition = registered.get(ref.type)!;
    const { committed } = await recover(withoutSnapshots(life.store), definition, ref, stream);
    const { state } = committed!;
    const newest = (await life.store.read(stream, { fromVersion: state.version }))[0]!;
    const bytes = canonicalSnapshot(state.snapshot);
    // The live actor's bytes went into the hash that it stored.
    expect([stream, snapshotHash(bytes)]).toEqual([stream, newest.snapshotHash]);
    const live = await look(life.runtime(), stream);
    expect([stream, live?.version, live?.state, JSON.stringify(live?.context)]).toEqual(
      [stream, state.version, state.path, JSON.stringify(state.snapshot.context)],
    );
    // What the live actor waits for is in its row, as it wrote it.
    const row = await life.store.waiting(stream);
    const waiting = waitingFor(state.open);
    const isEarly = mayBeEarly && waiting !== null && !waiting.busy && row !== undefined && row.dueAt !== null &&
      row.dueAt <= (waiting.dueAt ?? Infinity);
    if (!isEarly) {
      expect([stream, waiting?.open, waiting?.dueAt ?? null]).toEqual([stream, row?.open, row?.dueAt ?? null]);
    }
    const fromSnapshot = (await recover(life.store, definition, ref, stream)).committed!.state;
    expect(canonicalSnapshot(fromSnapshot.snapshot)).toBe(bytes);
    expect(fromSnapshot.open).toEqual(state.open);
    expect(fromSnapshot.parent).toEqual(state.parent);
  }
}

/** @returns the store, once all is at rest and as it should be */
async function live(happenings: readonly Happening[]): Promise<Store> {
  const life = await beginLife(toys);
  for (const one of happenings) await life.happen(one);
  // For a while, a waiting row shows what is not open any more.
  await life.happen({ kind: "time", ms: 600 });
  const mayBeEarly = happenings.some(({ kind }) => kind === "crash");
  await expectSame(life, [...(await histories(life.store)).keys()], mayBeEarly);
  await life.rest();
  const streams = [...(await histories(life.store)).keys()];
  await expectSame(life, streams, mayBeEarly);
  expect(await flawsOf(life.store, registered)).toEqual([]);
  // Nothing that could have gone on has stopped: only children, and timers further away than the rest, are waited for.
  for (const stream of streams) {
    const open = JSON.parse((await life.store.waiting(stream))?.open ?? "[]") as { kind: string }[];
    expect([stream, open.filter(({ kind }) => kind !== "child" && kind !== "timer")]).toEqual([stream, []]);
  }
  await life.end();
  return life.store;
}

describe("any sequence of events, time and crashes", () => {
  it("replays to the live bytes, and recovers what was open", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 5, maxLength: 60, size: "max" }),
        async (happenings) => void await live([...births, ...happenings]),
      ),
      { numRuns: RUNS },
    );
  }, TIMEOUT_MS);

  it.each(["alarm/a", "scales/a", "radio/a", "pilgrim/a"])(
    "does so from a snapshot too, once it has one: %s",
    async (actor) => {
      const busy = fc.oneof({ weight: 20, arbitrary: toldTo(actor) }, { weight: 1, arbitrary: happening });
      const busyLife = fc.array(busy, { minLength: 400, maxLength: 600, size: "max" });
      let seen = 0;
      await fc.assert(
        fc.asyncProperty(busyLife, async (happenings) => {
          const life = await live([...births, ...happenings]);
          if ((await life.load(actor, registered.get(refOf(actor).type)!.identity)).snapshot) seen++;
        }),
        { numRuns: Math.ceil(RUNS / 10) },
      );
      // An actor that ends early has none; that none of them ever had one would prove nothing.
      expect(seen).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
