/** One delivery of a message: between a parent and its child it has a meaning of its own, to anybody else it is a proposal. */
import type { ActorRef } from "../kernel/ids.ts";
import { streamOf } from "../kernel/ids.ts";
import type { Outcome } from "./acceptance.ts";
import type { OpenEffect } from "./effects.ts";
import type { MachineEvent } from "./machine-event.ts";
import { childFailed } from "./outcomes.ts";
import type { Proposal, Receipt, Refused } from "./receipt.ts";

export type OpenMessage = Extract<OpenEffect, { kind: "message" }>;

export interface DeliveryHost {
  propose(to: ActorRef, proposal: Proposal, sentAt: number): Promise<Receipt>;
  /** Proposes the end of a child to its parent. */
  settle(to: ActorRef, outcome: Outcome): Promise<unknown>;
  stop(child: ActorRef, causationId: string, correlationId: string): Promise<unknown>;
  /** Offers the refusal to the sender as an event; false when its machine has no use for it. */
  refused(source: ActorRef, message: OpenMessage, receipt: Refused): Promise<boolean>;
}

/**
 * Resolves when the target has answered, whatever it said: with the refusal, when the sender has no use for it. The
 * message carries its own id, so that a delivery may be repeated.
 */
export async function deliver(
  host: DeliveryHost,
  source: ActorRef,
  message: OpenMessage,
): Promise<Refused | undefined> {
  const { to, link, correlationId, traceparent } = message;
  const stream = streamOf(source);
  // As it is read back after a crash: a Date is a text by then, and what was undefined is gone.
  const event = JSON.parse(JSON.stringify(message.event)) as MachineEvent;
  const causationId = `${stream}/${message.id.slice(0, message.id.indexOf("/"))}`;
  if (link?.as === "stop") return void await host.stop(to, causationId, correlationId);
  if (link?.as === "outcome") {
    const type = event.type.startsWith("xstate.error.") ? "ChildFailed" : "ChildCompleted";
    return void await host.settle(to, { effectId: link.effect, type, data: { event }, traceparent });
  }
  const parent = link && { parent: source, effect: link.effect, child: link.child };
  const proposal: Proposal = {
    event,
    messageId: `${stream}/${message.id}`,
    by: "internal",
    correlationId,
    causationId,
    traceparent,
    ...(parent && { parent }),
  };
  const receipt = await host.propose(to, proposal, message.position);
  if (receipt.outcome !== "refused") return undefined;
  if (link) {
    // The child was never made; its parent must not wait for it.
    const error = { name: "Refused", message: receipt.detail, code: receipt.reason };
    return void await host.settle(source, childFailed({ id: link.effect, child: link.child, traceparent }, error));
  }
  return await host.refused(source, message, receipt) ? undefined : receipt;
}
