/** Histories that once were stored, on the machines of today. What is not replayed here would not be replayed out there. */
import { createReadStream, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { steppedActors } from "../../src/cli/histories/definitions.ts";
import { type FileHistory, readHistoryFile } from "../../src/cli/transfer/history-file.ts";
import { refOf } from "../../src/kernel/ids.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { replayEvents } from "../../src/runtime/replay.ts";
import { transitionsOf, transitionsTaken } from "../support/transitions.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const actors = registerActors(steppedActors());

async function corpus(): Promise<FileHistory[]> {
  const found: FileHistory[] = [];
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl"))) {
    const lines = createInterface({ input: createReadStream(`${FOLDER}${file}`), crlfDelay: Infinity });
    const { histories } = await readHistoryFile(lines);
    for await (const history of histories) found.push(history);
  }
  return found;
}

test("each transition of each stored history is what the machine does today", async () => {
  const histories = await corpus();
  expect(histories.length).toBeGreaterThan(0);
  for (const { rows } of histories) {
    const ref = refOf(rows[0]!.stream);
    let replayed = 0;
    for await (const { row, differences } of replayEvents(actors.get(ref.type)!, ref, rows)) {
      expect({ stream: row.stream, version: row.version, differences }).toMatchObject({ differences: [] });
      replayed++;
    }
    expect(replayed).toBe(rows.length);
  }
});

test("the stored histories take every transition of every machine", async () => {
  const histories = await corpus();
  for (const [type, actor] of actors) {
    const missing = new Map(transitionsOf(actor.machine));
    expect(missing.size).toBeGreaterThan(0);
    for (const { rows } of histories) {
      const ref = refOf(rows[0]!.stream);
      if (ref.type !== type) continue;
      for (const each of transitionsTaken(actor, ref, rows).transitions) missing.delete(each);
    }
    expect({ type, missing: [...missing.values()] }).toEqual({ type, missing: [] });
  }
});
