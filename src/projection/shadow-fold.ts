/** Folds the log into a shadow, without setting anything aside: an event that cannot be folded ends it. */
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { Shadow, Turn } from "../store/read-models.ts";
import type { EventLog, StoredEvent } from "../store/store.ts";
import type { ProjectionStore } from "./fold.ts";
import { passes } from "./poison.ts";
import type { Projection } from "./projection.ts";

const BATCH = 2_000;

export interface ShadowFoldOptions {
  readonly store: ProjectionStore & Pick<EventLog, "head">;
  readonly projection: Projection;
  readonly shadow: Shadow;
  /** The positions of events that are left out. */
  readonly parked: readonly number[];
  readonly onProgress?: (progress: { readonly position: number; readonly head: number }) => void;
  /** Called after each batch, in its transaction. True: the batch is to be folded again in smaller ones. */
  readonly look?: (turn: Turn) => Promise<boolean>;
}

class Smaller extends Error {}

export class ShadowFold {
  readonly shadow: Shadow;
  readonly #options: ShadowFoldOptions;
  readonly #parked: ReadonlySet<number>;

  constructor(options: ShadowFoldOptions) {
    this.#options = options;
    this.#parked = new Set(options.parked);
    this.shadow = options.shadow;
  }

  /**
   * Folds up to and with a position.
   * @throws StatewrightError `HISTORY_MISMATCH` that names the event which cannot be folded
   */
  async run(upTo: number): Promise<void> {
    const { store, shadow: { reader, schema }, look, onProgress = () => {} } = this.#options;
    for (let limit = BATCH, hasMore = true; hasMore;) {
      let read: readonly StoredEvent[] = [];
      try {
        const { checkpoint, events } = await store.fold(reader, { limit, schema, upTo }, async (turn) => {
          read = turn.events;
          await this.apply(turn);
          if (await look?.(turn)) throw new Smaller();
        });
        hasMore = events === limit;
        limit = Math.min(2 * limit, BATCH);
        onProgress({ position: checkpoint, head: upTo });
      } catch (thrown) {
        if (!(thrown instanceof Smaller) && passes(thrown)) throw thrown;
        if (read.length <= 1) throw unfoldable(this.#options.projection, read[0], thrown);
        limit = Math.ceil(read.length / 2);
      }
    }
  }

  /** Folds what a turn has read, but for what is left out. */
  async apply({ transaction, events }: Turn): Promise<void> {
    const { projection } = this.#options;
    const wanted = events.filter(({ stream, position }) =>
      projection.types.includes(stream.slice(0, stream.indexOf("/"))) && !this.#parked.has(position)
    );
    if (wanted.length > 0) await projection.apply(transaction, wanted);
  }
}

function unfoldable({ name }: Projection, event: StoredEvent | undefined, thrown: unknown): unknown {
  if (event === undefined) return thrown;
  const { stream, version, type } = event;
  const { message } = plainError(thrown);
  return new StatewrightError("HISTORY_MISMATCH", `${name} cannot fold ${stream}/${version} (${type}): ${message}`, {
    cause: thrown,
  });
}
