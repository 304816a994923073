/** Threads over all histories: slices of the log go out in order and come back in order. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type ErrorCode, type PlainError, StatewrightError } from "../../kernel/errors.ts";
import type { HistorySlice } from "../../store/histories.ts";
import type { HistoryJob, SliceResult, ThreadStart } from "./jobs.ts";

export interface Run<Job extends HistoryJob> extends ThreadStart<Job> {
  /** As in {@link HistorySlice}: where to begin, where the log ends for this run, and of which type. */
  readonly after: number;
  readonly head: number;
  readonly type: string | null;
  /** Default: one for each core, 8 at most. */
  readonly threads?: number | undefined;
}

/** Positions of a slice. */
const SLICE = 2_500;
/** Slices that are handed out to a thread at once, so that it never waits for the next. */
const AHEAD = 2;

/** What the threads answer for each slice, in the order of the log, with the position up to which all is done. */
export async function* overHistories<Job extends HistoryJob>(
  run: Run<Job>,
): AsyncGenerator<{ result: SliceResult<Job>; upTo: number }> {
  const { after, head, type } = run;
  const slices = Math.max(0, Math.ceil((head - after) / SLICE));
  const count = Math.min(run.threads ?? Math.min(8, availableParallelism()), slices);
  const threads = Array.from({ length: count }, () => new Thread<SliceResult<Job>>({ url: run.url, job: run.job }));
  try {
    const underWay: { result: Promise<SliceResult<Job>>; upTo: number }[] = [];
    for (let begun = 0, next = after; begun < slices || underWay.length > 0;) {
      while (begun < slices && underWay.length < count * AHEAD) {
        const upTo = Math.min(head, next + SLICE);
        underWay.push({ result: threads[begun++ % count]!.ask({ after: next, upTo, head, type }), upTo });
        next = upTo;
      }
      const first = underWay.shift()!;
      yield { result: await first.result, upTo: first.upTo };
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

interface Question<Result> {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** Answers come in the order of the questions. */
class Thread<Result> {
  readonly #worker: Worker;
  readonly #asked: Question<Result>[] = [];

  constructor(workerData: ThreadStart) {
    this.#worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData });
    this.#worker.on("message", (answer: { result: Result } | { error: PlainError }) => {
      const question = this.#asked.shift()!;
      if ("result" in answer) question.resolve(answer.result);
      else question.reject(errorOf(answer.error));
    });
    this.#worker.on("error", (thrown) => this.#fail(thrown));
    this.#worker.on("exit", () => this.#fail(new StatewrightError("INTERNAL", "A thread has ended before its work")));
  }

  ask(slice: HistorySlice): Promise<Result> {
    const answer = new Promise<Result>((resolve, reject) => this.#asked.push({ resolve, reject }));
    // Heard when its turn comes; another's failure may come first.
    answer.catch(() => {});
    this.#worker.postMessage(slice);
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(thrown: unknown): void {
    for (const question of this.#asked.splice(0)) question.reject(thrown);
  }
}

/** An error that has been through another thread. */
function errorOf({ message, code }: PlainError): StatewrightError {
  return new StatewrightError(code as ErrorCode, message);
}
