/**
 * Histories as JSON lines: a line that says what follows, one for each event in the order of its stream, and a last one
 * with the counts, by which a file that was cut off is known.
 */
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import type { StoredEvent } from "../../store/store.ts";

const FORMAT = "statewright-histories/1";

const json = z.record(z.string(), z.unknown());
const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** The position up to which the log was read. */
  head: z.int().min(0),
  /** True when personal values are pseudonyms. */
  redacted: z.boolean(),
  /** True when it is said which messages were undelivered: live actors can be taken up where they stood. */
  live: z.boolean(),
});
const eventSchema = z.strictObject({
  stream: z.string(),
  version: z.int().min(1),
  type: z.string(),
  data: json,
  state: z.string(),
  effects: z.array(json).optional(),
  snapshotHash: z.string(),
  metadata: json,
  position: z.int().min(1),
  recordedAt: z.iso.datetime(),
});
const undeliveredSchema = z.strictObject({ stream: z.string(), undelivered: z.array(z.string()) });
const endSchema = z.strictObject({ histories: z.int(), events: z.int() });

export type FileHeader = Omit<z.infer<typeof headerSchema>, "format">;

/** One actor's whole history. */
export interface FileHistory {
  readonly rows: readonly StoredEvent[];
  /** The messages that were not delivered yet: `<version>/<n>`. */
  readonly undelivered: readonly string[];
}

export function headerLine(header: FileHeader): string {
  return JSON.stringify({ format: FORMAT, ...header });
}

export function historyLines({ rows, undelivered }: FileHistory): string[] {
  const lines = rows.map(lineOf);
  if (undelivered.length > 0) lines.push(JSON.stringify({ stream: rows[0]!.stream, undelivered }));
  return lines;
}

export function endLine(counts: { readonly histories: number; readonly events: number }): string {
  return JSON.stringify(counts);
}

function lineOf(row: StoredEvent): string {
  const { stream, version, type, data, state, effects, snapshotHash, metadata, position, recordedAt } = row;
  return JSON.stringify({
    stream,
    version,
    type,
    data: JSON.parse(data) as unknown,
    state,
    ...(effects !== null && { effects: JSON.parse(effects) as unknown }),
    snapshotHash,
    metadata: JSON.parse(metadata) as unknown,
    position,
    recordedAt: new Date(recordedAt).toISOString(),
  });
}

/**
 * Reads what the functions above have written. A history is answered once it is known to be whole.
 * @throws StatewrightError `INVALID` that names the line which cannot be read, or says that the end is missing
 */
export async function readHistoryFile(
  lines: AsyncIterable<string>,
): Promise<{ header: FileHeader; histories: AsyncGenerator<FileHistory> }> {
  const numbered = numberedLines(lines);
  const first = await numbered.next();
  const parsed = first.done ? undefined : headerSchema.safeParse(first.value.line);
  if (!parsed?.success) throw new StatewrightError("INVALID", `The file does not begin with a line of ${FORMAT}`);
  const { format: _, ...header } = parsed.data;
  return { header, histories: historiesIn(numbered) };
}

interface Line {
  readonly line: unknown;
  readonly n: number;
}

async function* numberedLines(lines: AsyncIterable<string>): AsyncGenerator<Line> {
  let n = 0;
  for await (const text of lines) {
    n++;
    try {
      yield { line: JSON.parse(text), n };
    } catch (cause) {
      throw new StatewrightError("INVALID", `Line ${n} is no JSON; was the file cut off?`, { cause });
    }
  }
}

async function* historiesIn(lines: AsyncGenerator<Line>): AsyncGenerator<FileHistory> {
  const read = { histories: 0, events: 0 };
  let [rows, undelivered]: [StoredEvent[], readonly string[]] = [[], []];
  for await (const { line, n } of lines) {
    const row = eventSchema.safeParse(line);
    if (row.success && row.data.stream === rows[0]?.stream) {
      rows.push(nextRow(rows, row.data, n));
      continue;
    }
    const open = undeliveredSchema.safeParse(line);
    if (open.success && open.data.stream === rows[0]?.stream) {
      undelivered = open.data.undelivered;
      continue;
    }
    const end = endSchema.safeParse(line);
    if (!row.success && !end.success) {
      const [issue] = row.error.issues;
      throw new StatewrightError("INVALID", `Line ${n} is no event: ${issue?.path.join(".")}: ${issue?.message}`);
    }
    if (rows.length > 0) {
      read.histories++;
      read.events += rows.length;
      yield { rows, undelivered };
    }
    [rows, undelivered] = [row.success ? [nextRow([], row.data, n)] : [], []];
    if (!end.success) continue;
    if (end.data.histories === read.histories && end.data.events === read.events) return;
    throw new StatewrightError("INVALID", "The file's last line counts other histories or events than there are");
  }
  throw new StatewrightError("INVALID", "The file was cut off: its last line is missing");
}

function nextRow(before: readonly StoredEvent[], line: z.infer<typeof eventSchema>, n: number): StoredEvent {
  const { data, effects, metadata, recordedAt, ...rest } = line;
  if (line.version !== before.length + 1) {
    throw new StatewrightError("INVALID", `Line ${n}: after version ${before.length} comes ${line.version}`);
  }
  return {
    ...rest,
    data: JSON.stringify(data),
    effects: effects === undefined ? null : JSON.stringify(effects),
    metadata: JSON.stringify(metadata),
    recordedAt: Date.parse(recordedAt),
  };
}
