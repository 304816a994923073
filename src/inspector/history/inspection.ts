/** A history in the messages that Stately's inspector reads: https://github.com/statelyai/inspect */
import { streamOf } from "../../kernel/ids.ts";
import { redact } from "../personal-fields.ts";
import type { Look } from "./moment.ts";
import type { Tape } from "./tapes.ts";

/** Of the protocol: a message without one is not read. */
const PROTOCOL_VERSION = "0.4.0";
/** Each is a row of the other page, and a state to be sent there. */
const MAX_EVENTS = 200;

/** The actor with the machine that it is on now, then its newest events in order, each with the state after it. Personal fields are as `look` has them. */
export async function inspectionOf(tape: Tape, look: Look): Promise<object[]> {
  const { ref, machine, steps } = tape;
  const stream = streamOf(ref);
  const shown = (value: unknown) => look.seesPersonal ? value : redact(value, machine.personal);
  const message = (type: string, version: number, createdAt: number) => ({
    type,
    sessionId: stream,
    rootId: stream,
    id: `${stream}/${version}`,
    createdAt: String(createdAt),
    _version: PROTOCOL_VERSION,
  });
  const first = Math.max(1, steps.length - MAX_EVENTS + 1);
  const { state: now } = await tape.at(steps.length);
  const messages: object[] = [];
  for (let version = first; version <= steps.length; version++) {
    const { row, state: { snapshot: { status, value, context } } } = await tape.at(version);
    const event = { ...shown(JSON.parse(row.data)) as object, type: row.type };
    const snapshot = { status, value, context: shown(context) };
    if (version === first) {
      const definition = definitionText(now.snapshot.machine.config);
      messages.push({ ...message("@xstate.actor", version, row.recordedAt), name: stream, definition, snapshot });
    }
    messages.push(
      { ...message("@xstate.event", version, row.recordedAt), event },
      { ...message("@xstate.snapshot", version, row.recordedAt), event, snapshot },
    );
  }
  return messages;
}

/** A machine's configuration as JSON: of what is code only the name. */
function definitionText(config: object): string {
  return JSON.stringify(config, (_, value: unknown) => typeof value === "function" ? { type: value.name } : value);
}
