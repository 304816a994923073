/** A diagnosis in a few words. The nearest cause comes first: work, others, time, people. */
import type { ActorRef } from "../kernel/ids.ts";
import { streamOf } from "../kernel/ids.ts";
import type { Counterpart, Diagnosis, WaitingActivity, WaitingMessage } from "./operations.ts";

/** How many of one kind are named; the rest is counted. */
const NAMED = 3;

/** @param now ms since the epoch by the store's clock */
export function describeDiagnosis(found: Omit<Diagnosis, "sentence">, now: number): string {
  const { status, state, actor, version } = found;
  if (status === "done") return `It has come to its end in "${state}" and waits for nothing.`;
  if (status === "stopped") return `Its parent has stopped it in "${state}"; it waits for nothing.`;
  if (status === "error") {
    return `It has failed in "${state}" on an error that its machine does not handle, and nothing can wake it. ` +
      `Event ${version} of ${streamOf(actor)} says which.`;
  }
  const waits = [
    ...named(found.activities.map((activity) => activityWords(activity, now))),
    ...named(found.messages.map(messageWords)),
    ...named(found.children.map(({ name, actor, target }) => childWords(name, actor, target))),
    ...named(
      found.timers.map(({ name, overdueMs, dueAt }) =>
        `its timer "${name}", ${overdueMs > 0 ? `${duration(overdueMs)} past due` : `due in ${duration(dueAt - now)}`}`
      ),
    ),
    ...peopleWords(found),
  ];
  if (waits.length === 0) {
    return `Nothing can wake it: in "${state}" it has no timer, activity, message or child open, and accepts no event.`;
  }
  const sentence = `It waits for ${waits.join("; or for ")}.`;
  if (found.canBeWoken) return sentence;
  return `${sentence} None of these can come, so nothing can wake it.`;
}

function named(words: readonly string[]): readonly string[] {
  if (words.length <= NAMED) return words;
  return [...words.slice(0, NAMED), `${words.length - NAMED} more like these`];
}

function activityWords({ src, since, attempts, remote }: WaitingActivity, now: number): string {
  const begun = `the activity "${src}", begun ${duration(now - since)} ago`;
  if (remote) return `${begun} and done by workers elsewhere`;
  if (attempts === undefined) return begun;
  const { attempt, lastError, nextAt } = attempts;
  const error = lastError ? `, after "${lastError.message}"` : "";
  return `${begun} (attempt ${attempt} ${nextAt === undefined ? "is under way" : "comes next"}${error})`;
}

function messageWords({ event, to, target }: WaitingMessage): string {
  const words = `${streamOf(to)} to take ${event}`;
  if (target === undefined) return words;
  if (target.status === "missing") {
    return target.accepts ? `${words}, which makes it` : `${words}, which does not exist`;
  }
  if (target.status === "unreadable") return `${words}, whose history cannot be replayed`;
  return `${words}, which stands in "${target.state}" and would ${target.accepts ? "accept" : "refuse"} it`;
}

function childWords(name: string, actor: ActorRef, target: Counterpart | undefined): string {
  const words = `its child "${name}" (${streamOf(actor)})`;
  if (target === undefined) return words;
  if (target.status === "missing") return `${words}, which does not exist`;
  if (target.status === "unreadable") return `${words}, whose history cannot be replayed`;
  const stands = target.status === "active" ? "stands" : "has ended";
  return `${words}, which ${stands} in "${target.state}"`;
}

function peopleWords({ accepts: { client, operator, internal } }: Pick<Diagnosis, "accepts">): string[] {
  const ofOperators = operator.filter((type) => !client.includes(type));
  const ofActors = internal.filter((type) => !operator.includes(type));
  return [
    ...(client.length > 0 ? [`a client to propose ${client.join(", ")}`] : []),
    ...(ofOperators.length > 0 ? [`an operator to propose ${ofOperators.join(", ")}`] : []),
    ...(ofActors.length > 0 ? [`another actor to send ${ofActors.join(", ")}`] : []),
  ];
}

/** For people: `12 s`, `3 min`, `5 h`, `4 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
