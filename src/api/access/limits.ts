/** How much one caller may ask for: requests as a token bucket, streams by number. Both know a bounded number of callers. */
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";

/** What is left to a caller, for it to see. */
export interface Allowance {
  /** Requests a second; so many may also come at once. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until all of them are there again. */
  readonly resetS: number;
}

/** As HTTP says it: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function headersOf({ limit, remaining, resetS }: Allowance): Readonly<Record<string, string>> {
  return { "ratelimit-policy": `"default";q=${limit};w=1`, "ratelimit": `"default";r=${remaining};t=${resetS}` };
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Who has not asked for longest is forgotten, and has a full bucket by then, unless more callers come at once. */
const MAX_CALLERS = 10_000;

/** Each caller may send `perSecond` requests a second, and as many at once after a second's rest. */
export class RequestLimit {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /**
   * Counts one request.
   * @param tell is told what is left, also when that is not enough
   * @throws StatewrightError `RATE_LIMITED` with the time after which there is room for the next
   */
  take(caller: string, tell: (allowance: Allowance) => void = () => {}): Allowance {
    const limit = this.#perSecond;
    const { tokens } = this.#refilled(caller);
    if (tokens < 1) {
      tell({ limit, remaining: 0, resetS: Math.ceil((limit - tokens) / limit) });
      throw new StatewrightError("RATE_LIMITED", `A caller may send ${limit} requests a second`, {
        retryAfterMs: Math.ceil((1 - tokens) / limit * 1_000),
      });
    }
    this.#buckets.get(caller)!.tokens = tokens - 1;
    const allowance = { limit, remaining: Math.floor(tokens - 1), resetS: Math.ceil((limit - tokens + 1) / limit) };
    tell(allowance);
    return allowance;
  }

  #refilled(caller: string): Bucket {
    const now = this.#clock.now();
    const known = this.#buckets.get(caller);
    const grown = known ? known.tokens + Math.max(0, now - known.filledAt) / 1_000 * this.#perSecond : Infinity;
    const bucket = { tokens: Math.min(this.#perSecond, grown), filledAt: now };
    // Put last, so that the first is who has not asked for longest.
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MAX_CALLERS) this.#buckets.delete(this.#buckets.keys().next().value!);
    return bucket;
  }
}

/** Each caller may have so many streams open at once on this node. */
export class StreamLimit {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one stream until the answer is called, once or more. @throws StatewrightError `RATE_LIMITED` */
  open(caller: string): () => void {
    const open = this.#open.get(caller) ?? 0;
    if (open >= this.#most) {
      throw new StatewrightError("RATE_LIMITED", `A caller may have ${this.#most} streams at once`);
    }
    this.#open.set(caller, open + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = this.#open.get(caller)! - 1;
      if (left > 0) this.#open.set(caller, left);
      else this.#open.delete(caller);
    };
  }
}
