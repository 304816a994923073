/**
 * `npm run bench [-- <suite> …] [--json] [--into <page>]`: how fast it is, as ratios measured in one run against what the same machine and
 * the same server do without us. The suites are named below.
 */
import { parseArgs } from "node:util";
import { doorFigures } from "./doors.ts";
import { type Figure, renderFigures } from "./figures.ts";
import { writeFigures } from "./page.ts";
import { longStreamFigures } from "./long-streams.ts";
import { recoveryFigures } from "./recovery.ts";
import { relayFigures } from "./relay.ts";
import { replayFigures } from "./replay.ts";
import { sagaFigures } from "./saga.ts";
import { type BenchServer, startBenchServer } from "./server.ts";
import { sleepingFigures } from "./sleeping.ts";
import { transitionFigures } from "./transitions.ts";

const SUITES: Record<string, (server: BenchServer) => Promise<Figure[]>> = {
  transitions: transitionFigures,
  saga: sagaFigures,
  recovery: recoveryFigures,
  replay: replayFigures,
  "long-streams": longStreamFigures,
  sleeping: sleepingFigures,
  relay: relayFigures,
  doors: doorFigures,
};

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean" }, into: { type: "string" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join(", ")}". There are: ${Object.keys(SUITES).join(", ")}`);
  process.exit(2);
}

const server = await startBenchServer();
const figures: Figure[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(SUITES)) {
  if (!values.json) console.error(`measuring ${name} …`);
  figures.push(...await SUITES[name]!(server));
}
await server.stop();
if (values.into) writeFigures(values.into, figures);
console.log(values.json ? JSON.stringify({ figures }) : renderFigures(figures));
process.exit(0);
