/** `statewright import`: histories that `statewright export` has written, into this store. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { defineCommand } from "citty";
import { StatewrightError } from "../kernel/errors.ts";
import { print } from "./command-line.ts";
import { withStore } from "./open-store.ts";
import { readHistoryFile } from "./transfer/history-file.ts";
import { importHistories, type ImportReport } from "./transfer/import-histories.ts";

export const importCommand = defineCommand({
  meta: { name: "import", description: "Store histories that were exported; what is there already is passed over" },
  args: {
    file: { type: "positional", required: true, description: "written by export; - is standard input" },
    live: {
      type: "boolean",
      description: "also actors that wait for something: nodes go on with it (payments, messages, timers)",
    },
    json: { type: "boolean", description: "the result as one JSON object, for machines" },
  },
  async run({ args: { file, live = false, json } }) {
    const report = await withStore(async (store) => {
      const { header, histories } = await readHistoryFile(linesOf(file));
      if (live && !header.live) {
        throw new StatewrightError(
          "USAGE",
          "--live: the file is of a moment in the past, and nobody goes on from there",
        );
      }
      return await importHistories(store, { histories, live });
    });
    await print(json ? JSON.stringify(report) : asText(report));
    refuse(report);
  },
});

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (cause) {
    throw new StatewrightError("USAGE", `${file} ${unreadable(cause)}`, { cause });
  }
}

function unreadable(cause: unknown): string {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  if (isMissing) return "does not exist; statewright export --out <file> writes such a file";
  return `cannot be read: ${StatewrightError.from(cause).message}`;
}

function asText({ imported, events, alreadyThere, live }: ImportReport): string {
  return [
    `${imported} histories with ${events} events imported`,
    ...alreadyThere > 0 ? [`${alreadyThere} were there already`] : [],
    ...live > 0 ? [`${live} live actors that wait for something are left out; --live takes them, and nodes go on`] : [],
  ].join("; ");
}

/** @throws StatewrightError for what could not be taken */
function refuse({ taken, unproven }: ImportReport): void {
  if (unproven.length > 0) {
    throw new StatewrightError("HISTORY_MISMATCH", `Left out:\n${unproven.join("\n")}`);
  }
  if (taken.length === 0) return;
  throw new StatewrightError(
    "ALREADY_EXISTS",
    `Left out, because they exist with another history: ${taken.join(", ")}`,
  );
}
