/** The names under which the runtime records what it tells a machine; the machine sees the event inside. */
export const OUTCOME_NAMES: ReadonlySet<string> = new Set([
  "ActivityCompleted",
  "ActivityFailed",
  "ChildCompleted",
  "ChildFailed",
  "MessageRefused",
  "Stopped",
  "TimerFired",
]);

/** The event by which an actor goes on with a later version of its machine. The machine does not see it. */
export const MACHINE_CHANGED = "MachineChanged";
