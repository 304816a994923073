/** A history without personal values that still proves: its effects and hashes are those of its machine, run again. */
import { StatewrightError } from "../../kernel/errors.ts";
import { type PersonalFields, redact } from "../../inspector/personal-fields.ts";
import type { ActorRef } from "../../kernel/ids.ts";
import { type ActorState, adoptRow, effectsOf, type EventMetadata, stepOfRow } from "../../runtime/actor-state.ts";
import type { RegisteredActor } from "../../runtime/register.ts";
import { proveEvent } from "../../runtime/replay.ts";
import { snapshotHash } from "../../runtime/snapshot-hash.ts";
import { canonicalSnapshot } from "../../runtime/step.ts";
import type { StoredEvent } from "../../store/store.ts";
import type { Pseudonyms } from "./pseudonyms.ts";

/** What is under way is of no interest here. */
const NOTHING_UNDER_WAY: ReadonlySet<string> = new Set();

export interface Redaction {
  readonly actor: RegisteredActor;
  readonly personal: PersonalFields;
  readonly pseudonyms: Pseudonyms;
}

/**
 * @throws StatewrightError `HISTORY_MISMATCH` when the machine does not prove the history, or takes another way with
 * pseudonyms
 */
export function redactHistory(redaction: Redaction, ref: ActorRef, rows: readonly StoredEvent[]): StoredEvent[] {
  const { actor, personal, pseudonyms } = redaction;
  let original: ActorState | undefined;
  let redacted: ActorState | undefined;
  return rows.map((row) => {
    const metadata = withoutPrincipal(JSON.parse(row.metadata) as EventMetadata, pseudonyms);
    if (personal.size === 0) return { ...row, metadata: JSON.stringify(metadata) };
    const proven = proveEvent(actor, ref, original, row);
    if (proven.differences.length > 0) throw cannot(row, "its machine does not prove it: replay shows where they part");
    original = proven.after;
    const data = redact(JSON.parse(row.data), personal, (value) => pseudonyms.of(value));
    const next = rowOf(actor, ref, redacted, { ...row, data: JSON.stringify(data) }, metadata);
    if (next.state.path !== row.state) throw cannot(row, `with pseudonyms it comes to "${next.state.path}"`);
    redacted = next.state;
    return next.row;
  });
}

function rowOf(
  actor: RegisteredActor,
  ref: ActorRef,
  before: ActorState | undefined,
  row: StoredEvent,
  metadata: EventMetadata,
): { row: StoredEvent; state: ActorState } {
  const step = stepOfRow(actor, ref, before, row, metadata);
  const { effects } = effectsOf(actor, ref, before, step, metadata);
  const state = adoptRow(before, row, metadata, step, NOTHING_UNDER_WAY, effects);
  return {
    state,
    row: {
      ...row,
      effects: effects.length === 0 ? null : JSON.stringify(effects),
      snapshotHash: snapshotHash(canonicalSnapshot(state.snapshot)),
      metadata: JSON.stringify(metadata),
    },
  };
}

function withoutPrincipal(metadata: EventMetadata, pseudonyms: Pseudonyms): EventMetadata {
  const { principal } = metadata;
  return principal === undefined ? metadata : { ...metadata, principal: pseudonyms.text(principal) };
}

function cannot({ stream, version }: StoredEvent, why: string): StatewrightError {
  return new StatewrightError("HISTORY_MISMATCH", `${stream} cannot be redacted (version ${version}): ${why}`);
}
