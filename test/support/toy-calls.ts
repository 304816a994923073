/** The few calls that tests make of a runtime, in the form in which they also travel to another process. */
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { ProposalOptions, Receipt } from "../../src/runtime/receipt.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";

/** An event for an actor, by its stream's name: `gate/a`. Proposed with every right unless `options` say otherwise. */
export interface Call {
  readonly actor: string;
  readonly event: MachineEvent;
  readonly options?: ProposalOptions;
}

/** An actor as it stands, as JSON. */
export interface Look {
  readonly version: number;
  readonly state: string;
  readonly status: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each toy has its own context.
  readonly context: any;
}

export function call(runtime: Runtime, { actor, event, options = {} }: Call): Promise<Receipt> {
  return handle(runtime, actor).propose(event, { by: "internal", ...options });
}

export async function look(runtime: Runtime, actor: string): Promise<Look | null> {
  const snapshot = await handle(runtime, actor).snapshot();
  if (snapshot === undefined) return null;
  const { version, state, status, context } = snapshot;
  return { version, state, status, context };
}

function handle(runtime: Runtime, actor: string) {
  const slash = actor.indexOf("/");
  return runtime.actor(actor.slice(0, slash), actor.slice(slash + 1));
}
