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
import { tellProgress, verifyProjections } from "./projections/verify-projections.ts";
import { printReaders, redrive, required, unknownAction } from "./reader-table.ts";

export const projectionsCommand = defineCommand({
  meta: { name: "projections", description: "Show how far the read models are; verify, rebuild or redrive one" },
  args: {
    action: { type: "positional", required: false, description: "list (default), verify, rebuild or redrive" },
    name: { type: "positional", required: false, description: "which projection" },
    all: { type: "boolean", description: "verify: every projection" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args: { action = "list", name, all, json } }) {
    if (all && (action !== "verify" || name !== undefined)) {
      throw new StatewrightError("USAGE", "--all is for projections verify, without a name");
    }
    if (action === "list") return await withStore(async (store) => printReaders(store, await store.readers(), json));
    if (action !== "verify" && action !== "rebuild" && action !== "redrive") {
      unknownAction(action, ["list", "verify", "rebuild", "redrive"]);
    }
    const chosen = all ? shopProjections : [projectionOf(required(name, `projections ${action} order_summaries`))];
    await withStore(async (store) => {
      if (action === "verify") return await verifyProjections(store, chosen, json === true);
      await (action === "rebuild" ? rebuild(store, chosen[0]!, json) : redrive(store, chosen[0]!.name));
    });
  },
});

function projectionOf(name: string): Projection {
  const projection = shopProjections.find((each) => each.name === name);
  if (projection !== undefined) return projection;
  const names = shopProjections.map((each) => each.name).join(", ");
  throw new StatewrightError("NOT_FOUND", `There is no projection "${name}"; there are ${names}`);
}

async function rebuild(store: PostgresStore, projection: Projection, json: boolean | undefined): Promise<void> {
  const position = await rebuildProjection({
    store,
    projection,
    clock,
    logger: createLogger("warn"),
    onProgress: tellProgress(projection, json === true),
  });
  await print(
    json ? JSON.stringify({ position, done: true }) : `${projection.name} is rebuilt, up to position ${position}.`,
  );
}
