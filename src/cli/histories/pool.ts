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
/** Slices that a thread has at once, so that one is read while the other is worked on. */
const AT_ONCE = 2;

/** What the threads answer for each slice, in the order of the log, with the position up to which all is done. */
export async function* overHistories<Job extends HistoryJob>(
  run: Run<Job>,
): AsyncGenerator<{ result: SliceResult<Job>; upTo: number }> {
  const { after, head, type } = run;
  const ends = endsOfSlices(after, head);
  const count = Math.min(run.threads ?? Math.min(8, availableParallelism()), ends.length);
  const threads = Array.from({ length: count }, () => new Thread<SliceResult<Job>>({ url: run.url, job: run.job }));
  const answers = ends.map(() => Promise.withResolvers<SliceResult<Job>>());
  let begun = 0;
  // Whoever is done takes the next: one slice may hold a hundred times as much as another.
  const work = async (thread: Thread<SliceResult<Job>>) => {
    while (begun < ends.length) {
      const n = begun++;
      const answer = thread.ask({ after: ends[n - 1] ?? after, upTo: ends[n]!, head, type });
      answers[n]!.resolve(answer);
      await answer;
    }
  };
  // A failure is heard below, in its turn.
  for (const { promise } of answers) promise.catch(() => {});
  for (const thread of threads) for (let i = 0; i < AT_ONCE; i++) work(thread).catch(() => {});
  try {
    for (const [n, { promise }] of answers.entries()) yield { result: await promise, upTo: ends[n]! };
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

function endsOfSlices(after: number, head: number): number[] {
  const ends: number[] = [];
  for (let end = after; end < head;) ends.push(end = Math.min(head, end + SLICE));
  return ends;
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
    this.#worker.postMessage(slice);
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
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
