/** `statewright subscriptions`: how far the subscribers are, and what they have set aside. */
import { defineCommand } from "citty";
import { withStore } from "./open-store.ts";
import { printReaders, redrive, required, unknownAction } from "./reader-table.ts";

export const subscriptionsCommand = defineCommand({
  meta: { name: "subscriptions", description: "Show how far the subscribers are; redrive what one has set aside" },
  args: {
    action: { type: "positional", required: false, description: "list (default) or redrive" },
    name: { type: "positional", required: false, description: "which subscription" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args: { action = "list", name, json } }) {
    if (action === "list") {
      return await withStore(async (store) => printReaders(store, await store.subscriptions(), json));
    }
    if (action !== "redrive") unknownAction(action, ["list", "redrive"]);
    const subscription = required(name, "subscriptions redrive notifications");
    await withStore((store) => redrive(store, subscription));
  },
});
