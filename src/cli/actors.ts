/** `statewright actors`: how actors stand; and proposing an event to one, as an operator. */
import { defineCommand } from "citty";
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { requireAccepted } from "../shop/refusals.ts";
import { print } from "./command-line.ts";
import { moment, printTable } from "./operate/table.ts";
import { actorOf, attribution, type Desk, withOperations } from "./operate/with-operations.ts";
import { required, unknownAction } from "./reader-table.ts";
import { countOf } from "./whole-number.ts";

const ACTIONS = ["list", "show", "propose"];
const PAGE = 500;

export const actorsCommand = defineCommand({
  meta: { name: "actors", description: "How actors stand; propose an event to one, as an operator" },
  args: {
    action: { type: "positional", required: false, default: "list", description: ACTIONS.join(", ") },
    actor: { type: "positional", required: false, description: "list: a type (order); otherwise order/<id>" },
    event: { type: "positional", required: false, description: "propose: its type (OrderShipped)" },
    data: { type: "positional", required: false, description: "propose: its fields, as JSON" },
    state: { type: "string", description: "list: only those that stand in it, or inside it" },
    limit: { type: "string", description: "list: how many (100)" },
    "expected-version": { type: "string", description: "propose: only if it stands at this version" },
    reason: { type: "string", description: "propose: why; it is kept" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    const { action, actor, json = false } = args;
    if (action === "list") {
      const limit = countOf(args.limit, "--limit", 1) ?? 100;
      return await withOperations((desk) => list(desk, { type: actor, state: args.state, limit }, json));
    }
    if (action !== "show" && action !== "propose") unknownAction(action, ACTIONS);
    const ref = actorOf(required(actor, `actors ${action} order/0199…`));
    if (action === "show") return await withOperations((desk) => show(desk, ref, json));
    const type = required(args.event, `actors propose ${actor} OrderShipped '{"carrier":"…"}' --reason "…"`);
    const event = { ...fieldsOf(args.data), type };
    const expectedVersion = countOf(args["expected-version"], "--expected-version", 1);
    const by = attribution(args.reason);
    await withOperations(async ({ operations }) => {
      const accepted = requireAccepted(await operations.propose(ref, event, by, { expectedVersion }));
      await print(
        json ? JSON.stringify(accepted) : `Accepted: ${actor} stands at v${accepted.version}, ${accepted.state}.`,
      );
    });
  },
});

function fieldsOf(text = "{}"): object {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields;
  } catch {
    // Said below.
  }
  throw new StatewrightError("USAGE", `The event's fields are a JSON object, such as '{"reason":"…"}'`);
}

interface Selection {
  readonly type: string | undefined;
  readonly state: string | undefined;
  readonly limit: number;
}

async function list({ store }: Desk, { type, state, limit }: Selection, json: boolean): Promise<void> {
  const isWanted = (path: string) => state === undefined || path === state || path.startsWith(`${state}.`);
  const rows: string[][] = [];
  let count = 0;
  for (let before: string | undefined; count < limit;) {
    const page = await store.standing({ type, before, limit: PAGE });
    for (const { open, ...actor } of page) {
      if (!isWanted(actor.state) || count >= limit) continue;
      count++;
      if (json) await print(JSON.stringify({ ...actor, open: open === null ? [] : JSON.parse(open) as unknown }));
      else rows.push([actor.stream, `v${actor.version}`, actor.state, actor.type, moment(actor.recordedAt)]);
    }
    if (page.length < PAGE) break;
    before = page.at(-1)!.stream;
  }
  if (json) return;
  if (rows.length === 0) return await print("There are none.");
  await printTable(["ACTOR", "VERSION", "STATE", "LAST EVENT", "WHEN"], rows);
}

async function show({ visitor, operations }: Desk, ref: ActorRef, json: boolean): Promise<void> {
  const snapshot = await visitor.actor(ref.type, ref.id).snapshot();
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", `There is no ${ref.type}/${ref.id}`);
  const { allowed, context, ...standing } = snapshot;
  const shown = { ...standing, context: context as unknown, allowed: allowed("operator") };
  if (json) return await print(JSON.stringify(shown));
  const { version, state, status, updatedAt } = snapshot;
  await print(`${ref.type}/${ref.id}  v${version}  ${state}  ${status}, since ${moment(updatedAt)}`);
  await print((await operations.why(ref))?.sentence ?? "");
  await print(JSON.stringify(context, null, 2));
}
