/** `statewright check`: would a changed machine break an actor that is stored? */
import { defineCommand } from "citty";
import { systemClock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { htmlReport } from "./check/html-report.ts";
import { type CheckReport, runCheck } from "./check/run-check.ts";
import { count, textReport } from "./check/text-report.ts";
import { print } from "./command-line.ts";
import { withStore } from "./open-store.ts";
import { countOf } from "./whole-number.ts";
import { replaceFile } from "./write-file.ts";

export const checkCommand = defineCommand({
  meta: { name: "check", description: "Replay all stored histories on a changed machine, before it is deployed" },
  args: {
    machine: {
      type: "string",
      description: "the file that exports it, under the id of the machine it replaces; without: the running machines",
    },
    html: { type: "string", description: "write the report as a page to this file too" },
    threads: { type: "string", description: "how many at once (one a core)" },
    strict: { type: "boolean", description: "exit code 4 for finished actors too, and for whatever is not the same" },
    json: { type: "boolean", description: "the report as one JSON object, for machines" },
  },
  async run({ args }) {
    const threads = countOf(args.threads, "--threads", 1);
    const json = args.json === true;
    const report = await withStore(async (store, url) =>
      await runCheck(systemClock, {
        url,
        machine: args.machine ?? null,
        type: null,
        head: await store.head(),
        threads,
      })
    );
    if (args.html !== undefined) await replaceFile(args.html, "--html", (write) => write(htmlReport(report)));
    await print(json ? JSON.stringify(report) : textReport(report));
    refuseBreaking(report);
    if (args.strict === true) refuseOther(report);
  },
});

function refuseBreaking({ breaking }: CheckReport): void {
  if (breaking === 0) return;
  throw new StatewrightError(
    "HISTORY_MISMATCH",
    `${count(breaking, "live actor", "live actors")} would break. Keep what they need, or bring them over first.`,
  );
}

function refuseOther({ groups }: CheckReport): void {
  const other = groups.filter(({ verdict }) => verdict !== "same");
  if (other.length === 0) return;
  const histories = other.reduce((sum, group) => sum + group.histories, 0);
  throw new StatewrightError(
    "HISTORY_MISMATCH",
    `${count(histories, "history does", "histories do")} not replay as stored; without --strict that is allowed`,
  );
}
