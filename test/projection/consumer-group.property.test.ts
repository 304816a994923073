/**
 * Whatever joins, leaves, dies, sleeps or is reset in whatever order: the living members end up with fair shares, and
 * each event is handled once and in its key's order. Time is driven by hand.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { createManualClock, type ManualClock } from "../../src/kernel/manual-clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createSubscriber, type Subscriber } from "../../src/projection/subscriber.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { newRun } from "../support/runs.ts";
import { type Severable, severable } from "../support/severable-store.ts";

const MEMBERS = 4;
const STREAMS = 12;

type Happening =
  | { readonly kind: "join" | "leave" | "die"; readonly member: number }
  | { readonly kind: "append"; readonly stream: number }
  | { readonly kind: "time"; readonly ms: number };

const member = fc.nat(MEMBERS - 1);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("join" as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("leave" as const, "die" as const), member }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("append" as const), stream: fc.nat(STREAMS - 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 4_000 }) }) },
);

/** Lets everything that does not wait for time happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

class Life {
  readonly clock: ManualClock = createManualClock(Date.UTC(2026, 0, 1));
  readonly store: Store = createMemoryStore({ clock: this.clock });
  readonly seen = new Map<string, number[]>();
  readonly #living = new Map<number, { readonly subscriber: Subscriber; readonly life: Severable }>();
  readonly #versions = new Map<string, number>();

  async happen(what: Happening): Promise<void> {
    if (what.kind === "join") await this.join(what.member);
    else if (what.kind === "append") await this.#append(`letter/${what.stream}`);
    else if (what.kind === "time") await this.pass(what.ms);
    else await this.#end(what.member, what.kind);
  }

  async join(member: number): Promise<void> {
    if (this.#living.has(member)) return;
    const life = severable(this.store);
    const { clock } = this;
    const subscriber = createSubscriber({ store: life.store, member: `m${member}`, clock, logger: silentLogger });
    this.#living.set(member, { subscriber, life });
    await subscriber.subscribe({
      name: "letters",
      types: ["letter"],
      from: "beginning",
      delivery: "effectively-once",
      handle: async ({ stream, version }) => void this.seen.set(stream, [...this.seen.get(stream) ?? [], version]),
    });
    await settle();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 200) {
      this.clock.advance(Math.min(200, left));
      await settle();
    }
  }

  async held(): Promise<number[]> {
    const shares = await Promise.all(
      Array.from({ length: 200 }, (_, epoch) => this.store.shareGroup("letters", epoch)),
    );
    return shares.flatMap((share) => share ? [share.held.length] : []);
  }

  async stop(): Promise<void> {
    for (let member = 0; member < MEMBERS; member++) await this.#end(member, "leave");
  }

  async #append(stream: string): Promise<void> {
    const version = this.#versions.get(stream) ?? 0;
    this.#versions.set(stream, version + 2);
    await this.store.append(1, [newRun(stream, version, ["A", "B"])]);
    for (const { subscriber } of this.#living.values()) subscriber.wake();
    await settle();
  }

  async #end(member: number, how: "leave" | "die"): Promise<void> {
    const part = this.#living.get(member);
    if (part === undefined) return;
    this.#living.delete(member);
    if (how === "die") part.life.sever();
    else await part.subscriber.stop();
    await settle();
  }

  /** What was appended, as it should have been seen. */
  expected(): Map<string, number[]> {
    return new Map(
      [...this.#versions].map(([stream, last]) => [stream, Array.from({ length: last }, (_, i) => i + 1)]),
    );
  }
}

test.prop([fc.array(happening, { minLength: 5, maxLength: 40 })], { numRuns: 60 })(
  "each event once and in order, and fair shares in the end",
  async (happenings) => {
    const life = new Life();
    for (const what of happenings) await life.happen(what);
    await life.join(0);
    await life.pass(12_000);
    const shares = await life.held();
    expect(shares.reduce((sum, held) => sum + held, 0)).toBe(16);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    const sorted = (map: ReadonlyMap<string, number[]>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(life.seen)).toEqual(sorted(life.expected()));
    await life.stop();
  },
);
