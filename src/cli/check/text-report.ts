import type { CheckReport, ExampleEvent, ReportedGroup } from "./run-check.ts";

/** The report for a terminal. */
export function textReport(report: CheckReport): string {
  const { machine, histories, events, head, perSecond, breaking, groups } = report;
  const what = machine === null ? "today's machines" : machine;
  return [
    `${count(histories, "history", "histories")} (${
      count(events, "event", "events")
    }, up to position ${head}) on ${what}; ` +
    `${perSecond.toLocaleString("en")} events/s`,
    ...groups.map(groupText),
    breaking === 0 ? "No live actor would break." : `${count(breaking, "live actor", "live actors")} would break.`,
  ].join("\n\n");
}

function groupText(
  { type, says, breaks, histories, live, divergence, streams, example, minimal }: ReportedGroup,
): string {
  const head = `${breaks ? "✘" : "✔"} ${type}: ${says}: ${count(histories, "history", "histories")}, ${live} live`;
  if (divergence === undefined) return head;
  const { from, event, stored, replayed } = divergence;
  return [
    head,
    `    ${from === "" ? "" : `in ${from}, `}${event}: stored is ${stored}; now ${replayed}`,
    `    ${streams.join(", ")}${histories > streams.length ? ", …" : ""}`,
    `    ${minimal ? "The smallest history that shows it" : "A history that shows it"}:`,
    ...example.map((each) => `      ${exampleText(each)}`),
  ].join("\n");
}

/** One event of an example. */
export function exampleText({ version, type, stored, replayed, differs }: ExampleEvent): string {
  const notes = [
    ...(replayed === stored ? [] : [`now ${replayed}`]),
    ...(differs.length > 0 ? [`other ${differs.join(", ")}`] : []),
  ];
  const line = `${`v${version}`.padEnd(5)}${type.padEnd(24)}${stored.padEnd(30)}`;
  return notes.length === 0 ? `${line}✔` : `${line}✘ ${notes.join("; ")}`;
}

export function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}
