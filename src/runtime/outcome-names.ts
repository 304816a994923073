/** The names under which the runtime records outcomes of effects; the machine sees the event inside. */
export const OUTCOME_NAMES: ReadonlySet<string> = new Set(["ActivityCompleted", "ActivityFailed", "TimerFired", "MessageRefused"]);
