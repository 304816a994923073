/** `statewright export`: stored histories as JSON lines, without personal values unless they are asked for. */
import { randomBytes } from "node:crypto";
import { defineCommand } from "citty";
import { StatewrightError } from "../kernel/errors.ts";
import { print } from "./command-line.ts";
import { requireType } from "./histories/definitions.ts";
import { withStore } from "./open-store.ts";
import { headOf } from "./replay/many-actors.ts";
import { momentOf } from "./replay/moment.ts";
import { type Exported, exportHistories } from "./transfer/export-histories.ts";
import { Pseudonyms } from "./transfer/pseudonyms.ts";
import { countOf } from "./whole-number.ts";
import { replaceFile } from "./write-file.ts";

/** What is handed to the file at once. */
const CHUNK_LENGTH = 256 * 1024;

export const exportCommand = defineCommand({
  meta: { name: "export", description: "Write stored histories as JSON lines, without personal values" },
  args: {
    actor: {
      type: "positional",
      required: false,
      description: "order/<id>, a type (order), or nothing for everything",
    },
    out: { type: "string", description: "the file; default standard output" },
    to: { type: "string", description: "as the log was at a position (@120) or a time (2026-11-22T05:25:30Z)" },
    after: { type: "string", description: "only histories that began behind this position" },
    personal: { type: "boolean", description: "personal values as they are, instead of pseudonyms" },
    seed: { type: "string", description: "the same seed gives the same pseudonyms; keep it secret (random)" },
  },
  async run({ args }) {
    const { actor: what, out, personal, seed } = args;
    const to = args.to === undefined ? undefined : momentOf(args.to);
    const after = countOf(args.after, "--after", 0) ?? 0;
    if (personal && seed !== undefined) {
      throw new StatewrightError("USAGE", "--seed is for pseudonyms, --personal is without; take one of them");
    }
    if (what !== undefined && !what.includes("/")) requireType(what);
    const pseudonyms = personal ? undefined : new Pseudonyms(seed ?? randomBytes(32));
    const exported = await withStore(async (store) => {
      const request = { what, after, head: await headOf(store, to), isNow: to === undefined, pseudonyms };
      if (out === undefined) return await exportHistories(store, request, print);
      return await replaceFile(
        out,
        "--out",
        (write) => inChunks(write, (line) => exportHistories(store, request, line)),
      );
    });
    tell(exported);
  },
});

async function inChunks<Answer>(
  write: (text: string) => Promise<void>,
  work: (line: (text: string) => Promise<void>) => Promise<Answer>,
): Promise<Answer> {
  let chunk = "";
  const flush = async () => {
    await write(chunk);
    chunk = "";
  };
  const answer = await work(async (text) => {
    chunk += `${text}\n`;
    if (chunk.length >= CHUNK_LENGTH) await flush();
  });
  await flush();
  return answer;
}

/** On standard error, since standard output may be the file. */
function tell({ histories, events, left }: Exported): void {
  console.error(`${histories} histories with ${events} events`);
  if (left.length === 0) return;
  throw new StatewrightError(
    "HISTORY_MISMATCH",
    `${left.slice(0, 20).join("\n")}\n${left.length} left out; --personal takes them as they are`,
  );
}
