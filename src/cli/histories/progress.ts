/** How far a run over the log is, for people on standard error and for machines as JSON lines. */
import type { Clock } from "../../kernel/clock.ts";
import { print } from "../command-line.ts";

const SAY_EVERY_MS = 1_000;

export interface ProgressOptions {
  readonly after: number;
  readonly head: number;
  /** A JSON line on standard output, a line for people on standard error, or one that also says how to go on. */
  readonly say: "json" | "text" | "resumable";
}

export class Progress {
  readonly #clock: Clock;
  readonly #from: number;
  readonly #head: number;
  readonly #say: ProgressOptions["say"];
  readonly #startedAt: number;
  #saidAt: number;
  #events = 0;

  constructor(clock: Clock, { after, head, say }: ProgressOptions) {
    this.#clock = clock;
    this.#from = after;
    this.#head = head;
    this.#say = say;
    this.#startedAt = this.#saidAt = clock.now();
  }

  /** Events a second, so far. */
  get perSecond(): number {
    return Math.round(this.#events * 1_000 / Math.max(1, this.#clock.now() - this.#startedAt));
  }

  /** Everything up to a position is done; says so once a second. */
  async reached(position: number, events: number): Promise<void> {
    this.#events += events;
    const now = this.#clock.now();
    if (now - this.#saidAt < SAY_EVERY_MS || position >= this.#head) return;
    this.#saidAt = now;
    const done = (position - this.#from) / Math.max(1, this.#head - this.#from);
    const secondsLeft = Math.ceil((now - this.#startedAt) * (1 - done) / done / 1_000);
    const { perSecond } = this;
    if (this.#say === "json") {
      await print(JSON.stringify({ position, head: this.#head, perSecond, secondsLeft }));
      return;
    }
    const resume = this.#say === "resumable" ? `; to go on from here: --after ${position}` : "";
    console.error(
      `${Math.floor(done * 100)} %, ${perSecond.toLocaleString("en")} events/s, ${secondsLeft} s left${resume}`,
    );
  }
}
