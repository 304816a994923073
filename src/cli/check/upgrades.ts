/** The machines that are compared: those of a file with those of the same id that run today. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyStateMachine } from "xstate";
import { StatewrightError } from "../../kernel/errors.ts";
import type { ActorDefinition } from "../../runtime/definition.ts";
import { registerActors } from "../../runtime/register.ts";
import type { Upgrade } from "../../runtime/upgrade-check.ts";
import { steppedActors } from "../histories/definitions.ts";

/**
 * The upgrades by actor type. Without a file every type is there, with the running machine as the changed one, and
 * nothing to compare it with but what is stored.
 * @throws StatewrightError `USAGE` when the file cannot be loaded, or holds no machine that could take another's place
 */
export async function upgradesOf(file: string | null): Promise<ReadonlyMap<string, Upgrade>> {
  const today = steppedActors();
  const baselines = registerActors(today);
  if (file === null) {
    return new Map([...baselines].map(([type, candidate]) => [type, { candidate, baseline: undefined }]));
  }
  const machines = machinesIn(await load(file));
  const changed = today.map((definition) => replaced(definition, machines));
  const types = changed.filter((definition, n) => definition !== today[n]).map(({ type }) => type);
  if (types.length === 0) {
    const ids = today.map(({ machine }) => machine.id).join(", ");
    throw new StatewrightError(
      "USAGE",
      `${file} exports ${
        machines.length === 0 ? "no machine" : `the machine ${machines.map(({ id }) => id).join(", ")}`
      }; one is needed that has the id of a machine that is to be changed: ${ids}`,
    );
  }
  const candidates = registerActors(changed);
  return new Map(types.map((type) => [type, { candidate: candidates.get(type)!, baseline: baselines.get(type) }]));
}

async function load(file: string): Promise<object> {
  try {
    return await import(pathToFileURL(resolve(file)).href) as object;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new StatewrightError("USAGE", `${file} cannot be loaded: ${why}`, { cause });
  }
}

function machinesIn(exported: object): AnyStateMachine[] {
  return Object.values(exported).filter((value): value is AnyStateMachine =>
    typeof value === "object" && value !== null && "implementations" in value && "root" in value &&
    "getInitialSnapshot" in value
  );
}

function replaced(definition: ActorDefinition, machines: readonly AnyStateMachine[]): ActorDefinition {
  const machine = machines.find(({ id }) => id === definition.machine.id);
  if (machine === undefined) return definition;
  const { version, versions } = definition;
  const others = versions?.map((each) => each.version === version ? { ...each, machine } : each);
  return { ...definition, machine, ...(others && { versions: others }) };
}
