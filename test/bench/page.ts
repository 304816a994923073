/** Puts figures where a page has room for them, with when and on what they were measured. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { StatewrightError } from "../../src/kernel/errors.ts";
import type { Figure } from "./figures.ts";

const ROOM = /(<!-- figures -->\n)[^]*(<!-- end of figures -->)/;

/** @throws StatewrightError `USAGE` for a page that has no room */
export function writeFigures(path: string, figures: readonly Figure[]): void {
  const page = readFileSync(path, "utf8");
  if (!ROOM.test(page)) {
    throw new StatewrightError("USAGE", `${path} has no \`<!-- figures -->\` … \`<!-- end of figures -->\``);
  }
  const [cpu] = cpus();
  const when = `${
    new Date().toISOString().slice(0, 10)
  }, ${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}`;
  const rows = figures.map(({ name, value, unit }) =>
    `| ${name.replace(/^door-/, "").replaceAll("-", " ")} | ${rounded(value)} | ${unit} |`
  );
  const table = ["| what | figure | unit |", "| --- | ---: | --- |", ...rows].join("\n");
  writeFileSync(
    path,
    page.replace(ROOM, (_, start: string, end: string) => `${start}\nMeasured ${when}.\n\n${table}\n\n${end}`),
  );
}

function rounded(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString("en") : value.toPrecision(2);
}
