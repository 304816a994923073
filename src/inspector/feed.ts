/**
 * What is committed, as it comes, for pages that look on: the log is the truth, hints only wake. Each looker has a
 * place of its own in the log and takes as fast as it can, so that who was cut off goes on exactly where it was.
 */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { Transaction } from "../projection/projection.ts";
import { ms } from "./lists/list.ts";

export interface FeedDependencies {
  readonly readModels: Transaction;
  readonly clock: Clock;
  /** Calls back soon after somebody has appended; answers what ends it. */
  onAppended(callback: () => void): Promise<() => Promise<void>>;
}

export interface FeedPlace {
  /** The position of the last event that was heard; undefined: the head of the log. */
  readonly after: number | undefined;
  /** Only of this actor. */
  readonly stream: string | undefined;
}

export interface Feed {
  /** @throws StatewrightError `OVERLOADED` when too many look on */
  open(place: FeedPlace): Promise<ReadableStream<Uint8Array>>;
  /** Ends all of them. */
  stop(): Promise<void>;
}

const MAX_LOOKERS = 100;
const BATCH = 200;
/** Who is behind by more than this is told that it missed some. */
const MAX_BEHIND = 5_000;
const POLL_MS = 1_000;
/** Between two looks, however often there are hints. */
const PAUSE_MS = 50;
const HEARTBEAT_EVERY = 15;

export function createFeed({ readModels, clock, onAppended }: FeedDependencies): Feed {
  const lookers = new Set<Looker>();
  let endHints: Promise<() => Promise<void>> | undefined;
  const leave = async (looker: Looker) => {
    if (!lookers.delete(looker) || lookers.size > 0 || endHints === undefined) return;
    const end = endHints;
    endHints = undefined;
    await (await end)();
  };
  return {
    async open({ after, stream }) {
      if (lookers.size >= MAX_LOOKERS) {
        throw new StatewrightError("OVERLOADED", `${MAX_LOOKERS} pages look on already`, { retryAfterMs: 5_000 });
      }
      const looker = new Looker({ readModels, clock, stream, onEnd: () => void leave(looker).catch(() => {}) });
      lookers.add(looker);
      endHints ??= onAppended(() => lookers.forEach((each) => each.wake()));
      try {
        await endHints;
        return await looker.start(after);
      } catch (thrown) {
        looker.stop();
        throw thrown;
      }
    },
    async stop() {
      const hints = endHints;
      for (const looker of lookers) looker.stop();
      await hints?.then((end) => end());
    },
  };
}

interface LookerParts {
  readonly readModels: Transaction;
  readonly clock: Clock;
  readonly stream: string | undefined;
  onEnd(): void;
}

class Looker {
  readonly #parts: LookerParts;
  readonly #encoder = new TextEncoder();
  #after = 0;
  #stopped = false;
  #woken = false;
  #endSleep = () => {};

  constructor(parts: LookerParts) {
    this.#parts = parts;
  }

  wake(): void {
    this.#woken = true;
    this.#endSleep();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#endSleep();
    this.#parts.onEnd();
  }

  async start(after: number | undefined): Promise<ReadableStream<Uint8Array>> {
    const head = await this.#head();
    const behind = after === undefined ? 0 : head - after;
    this.#after = behind >= 0 && behind <= MAX_BEHIND && after !== undefined ? after : head;
    const gap = after !== undefined && behind > MAX_BEHIND ? message("gap", head, { after, to: head }) : "";
    return new ReadableStream({
      start: (controller) => controller.enqueue(this.#encoder.encode(`retry: 1000\n\n${gap}`)),
      pull: async (controller) => {
        const text = await this.#next();
        if (text === undefined) return controller.close();
        controller.enqueue(this.#encoder.encode(text));
      },
      cancel: () => this.stop(),
    });
  }

  /** The next events as text, or a sign of life; undefined when it is over. */
  async #next(): Promise<string | undefined> {
    for (let polls = 0; !this.#stopped; polls++) {
      if (polls === HEARTBEAT_EVERY) return ": still here\n\n";
      this.#woken = false;
      const text = await this.#read();
      if (text !== "") return text;
      await this.#sleep(PAUSE_MS);
      if (!this.#woken && !this.#stopped) await this.#sleep(POLL_MS, true);
    }
    return undefined;
  }

  async #read(): Promise<string> {
    const rows = await this.#parts.readModels.query(
      `select position::text as position, stream, version, type, state, ${ms("recorded_at")} as at
       from events where position > $1::bigint order by events.position limit ${BATCH}`,
      [String(this.#after)],
    ).catch(() => []);
    if (rows.length === 0) return "";
    this.#after = Number(rows.at(-1)!["position"]);
    const { stream } = this.#parts;
    const heard = stream === undefined ? rows : rows.filter((row) => row["stream"] === stream);
    return heard.map((row) => {
      const position = Number(row["position"]);
      return message("log", position, { ...row, position });
    }).join("");
  }

  #sleep(delayMs: number, untilWoken = false): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.schedule(delayMs, resolve);
      if (!untilWoken) return;
      this.#endSleep = () => {
        cancel();
        resolve();
      };
    });
  }

  async #head(): Promise<number> {
    const [row] = await this.#parts.readModels.query("select coalesce(max(position), 0)::text as head from events");
    return Number(row!["head"]);
  }
}

function message(event: string, id: number, data: object): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
