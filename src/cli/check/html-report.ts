import type { CheckReport, ReportedGroup } from "./run-check.ts";
import { count, exampleText } from "./text-report.ts";

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
  section { border-left: .3rem solid #2a8f4a; padding-left: 1rem; margin: 1.5rem 0; }
  section.breaks { border-color: #c62828; }
  h2 { font-size: 1.1rem; margin: 0; }
  pre { overflow-x: auto; background: #8881; padding: .6rem; }
`;

/** The report as one page that needs nothing else. */
export function htmlReport(report: CheckReport): string {
  const { machine, histories, events, head, breaking, groups } = report;
  const title = breaking === 0
    ? "No live actor would break"
    : `${count(breaking, "live actor", "live actors")} would break`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p>${count(histories, "history", "histories")}, ${count(events, "event", "events")}, up to position ${head}, on ${
    escape(machine ?? "today's machines")
  }.</p>
${groups.map(groupHtml).join("\n")}
</body>
</html>
`;
}

function groupHtml(
  { type, says, breaks, histories, live, divergence, streams, example, minimal }: ReportedGroup,
): string {
  const title = `${type}: ${says}: ${count(histories, "history", "histories")}, ${live} live`;
  const details = divergence === undefined ? "" : `
<p>${divergence.from === "" ? "" : `In <code>${escape(divergence.from)}</code>, `}<code>${
    escape(divergence.event)
  }</code>:
stored is <code>${escape(divergence.stored)}</code>; now <code>${escape(divergence.replayed)}</code>.</p>
<p>${streams.map((stream) => `<code>${escape(stream)}</code>`).join(", ")}${histories > streams.length ? ", …" : ""}</p>
<p>${minimal ? "The smallest history that shows it:" : "A history that shows it:"}</p>
<pre>${escape(example.map(exampleText).join("\n"))}</pre>`;
  return `<section${breaks ? ' class="breaks"' : ""}>\n<h2>${escape(title)}</h2>${details}\n</section>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
