/** Streams of creations: many at once, each by itself, answered in the order in which they came. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BulkErrorSchema } from "../../../proto/gen/shop/v1/bulk_pb.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { describeError } from "../describe-error.ts";
import { isOurFault, PROBLEMS } from "../problems.ts";
import { fieldOf, toStatewrightError } from "./errors.ts";
import type { Written } from "./writes.ts";

/** Under way at the same time: enough for the appender to commit in groups. */
const AT_ONCE = 64;
/** Ids of so many fit into one answer that clients take by default. */
const MAX_ITEMS = 50_000;
const MAX_ERRORS = 1_000;

type BulkError = MessageInitShape<typeof BulkErrorSchema>;

export interface BulkOutcome {
  readonly ids: string[];
  readonly errors: BulkError[];
  readonly errorCount: number;
  /** Of the last one in the log. */
  readonly position: number;
}

/**
 * Creates what comes in, up to 64 at once. What cannot be created is an error in the outcome.
 * @throws StatewrightError `LIMIT` beyond 50,000, and what reading the stream fails with; what was created stays
 */
export async function createInBulk<Item>(
  { items, signal, logger }: { items: AsyncIterable<Item>; signal: AbortSignal; logger: Logger },
  createOne: (item: Item) => Promise<Written>,
): Promise<BulkOutcome> {
  const written: (Written | undefined)[] = [];
  const errors: BulkError[] = [];
  let errorCount = 0;
  const underWay = new Set<Promise<void>>();
  for await (const item of items) {
    signal.throwIfAborted();
    const index = written.push(undefined) - 1;
    if (index >= MAX_ITEMS) {
      throw new StatewrightError("LIMIT", `One stream may have ${MAX_ITEMS} elements; send the rest in another`);
    }
    const work: Promise<void> = createOne(item).then(
      (done) => void (written[index] = done),
      (thrown: unknown) => {
        const error = StatewrightError.from(toStatewrightError(thrown));
        if (isOurFault(error.code)) logger.error({ code: error.code, error: describeError(error) }, "creation failed");
        if (++errorCount <= MAX_ERRORS) errors.push(errorMessage(index, error));
      },
    ).finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  const created = written.filter((one) => one !== undefined);
  return {
    ids: created.map(({ id }) => id),
    errors: errors.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)),
    errorCount,
    position: Math.max(0, ...created.map(({ position }) => position)),
  };
}

function errorMessage(index: number, { code, message, details }: StatewrightError): BulkError {
  return {
    index,
    code,
    message: PROBLEMS[code].publicDetail ?? message,
    fields: (details.errors ?? []).map(({ pointer, detail }) => ({ field: fieldOf(pointer), description: detail })),
  };
}
