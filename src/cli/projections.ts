/** `statewright projections`: how far the read models are, and what to do when one is wrong. */
import { defineCommand } from "citty";
import { systemClock as clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { createLogger } from "../kernel/logger.ts";
import type { Projection } from "../projection/projection.ts";
import { rebuildProjection } from "../projection/rebuild.ts";
import { shopProjections } from "../shop/projections/shop-projections.ts";
import type { PostgresStore } from "../store/postgres/postgres-store.ts";
import { print } from "./command-line.ts";
import { withStore } from "./open-store.ts";
import { printReaders, redrive, required, unknownAction } from "./reader-table.ts";

/** How often a rebuild says how far it is, at most. */
const SAY_EVERY_MS = 1_000;

export const projectionsCommand = defineCommand({
  meta: { name: "projections", description: "Show how far the read models are; rebuild or redrive one" },
  args: {
    action: { type: "positional", required: false, description: "list (default), rebuild or redrive" },
    name: { type: "positional", required: false, description: "which projection" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args: { action = "list", name, json } }) {
    if (action === "list") return await withStore(async (store) => printReaders(store, await store.readers(), json));
    if (action !== "rebuild" && action !== "redrive") unknownAction(action, ["list", "rebuild", "redrive"]);
    const projection = projectionOf(required(name, `projections ${action} order_summaries`));
    await withStore((store) =>
      action === "rebuild" ? rebuild(store, projection, json) : redrive(store, projection.name)
    );
  },
});

function projectionOf(name: string): Projection {
  const projection = shopProjections.find((each) => each.name === name);
  if (projection !== undefined) return projection;
  const names = shopProjections.map((each) => each.name).join(", ");
  throw new StatewrightError("NOT_FOUND", `There is no projection "${name}"; there are ${names}`);
}

async function rebuild(store: PostgresStore, projection: Projection, json: boolean | undefined): Promise<void> {
  let said = -Infinity;
  const position = await rebuildProjection({
    store,
    projection,
    clock,
    logger: createLogger("warn"),
    onProgress({ position, head }) {
      if (clock.now() - said < SAY_EVERY_MS) return;
      said = clock.now();
      void print(json ? JSON.stringify({ position, head }) : `${projection.name}: ${position} of ${head}`);
    },
  });
  await print(
    json ? JSON.stringify({ position, done: true }) : `${projection.name} is rebuilt, up to position ${position}.`,
  );
}
