/**
 * What a start has to say about machines that have changed since they wrote their actors' histories. A hint by the
 * states alone; only a replay proves that a history can be continued.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import type { Logger } from "../kernel/logger.ts";
import type { MachineRegistry } from "../store/store.ts";
import type { RegisteredActor } from "./register.ts";

/** Notes today's machines, and logs for each that differs from earlier ones whether its actors' states still exist. */
export async function reportMachineChanges(
  registered: Iterable<RegisteredActor>,
  registry: MachineRegistry,
  logger: Logger,
): Promise<void> {
  for (const { definition: { type }, identity, versions } of registered) {
    const earlier = await registry.meetMachine(type, identity);
    if (earlier.length === 0) continue;
    const standing = await registry.standingStates(type);
    const lost = standing.filter(({ state }) => !versions.some(({ machine }) => hasState(machine, state)));
    if (lost.length === 0) {
      logger.info(
        { type, earlier, now: identity, standing },
        "the machine was another before; all its actors stand in states that it has",
      );
    } else {
      logger.error(
        { type, earlier, now: identity, lost },
        "the machine has lost states in which actors stand; these cannot go on until it has them again or their events are brought up to date",
      );
    }
  }
}

/** True when every part of a path (`a.b | c.d`) is a state of the machine. */
export function hasState(machine: AnyStateMachine, path: string): boolean {
  return path === "" || path.split(" | ").every((part) => {
    let node: AnyStateNode | undefined = machine.root;
    for (const key of part.split(".")) node = (node?.states as Record<string, AnyStateNode> | undefined)?.[key];
    return node !== undefined;
  });
}
