/** The address of a durable actor, as contexts and events keep it. */
export interface ActorAddress {
  readonly type: string;
  readonly id: string;
}

/**
 * A target for `sendTo`. XState cannot name a durable actor by string, so a machine makes one of these at the send,
 * from plain ids, and never keeps it. The runtime reads the address and delivers durably; in plain XState tools the
 * send is a harmless no-op.
 */
export class DurableActorRef implements ActorAddress {
  readonly type: string;
  readonly id: string;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
  }

  send(): void {}

  /** The method XState itself calls. */
  _send(): void {}
}

/** `sendTo(({ context }) => actorRef("stock", context.productId), …)` */
// oxlint-disable-next-line typescript/no-explicit-any -- XState types a target by its whole snapshot, which is the other machine's business.
export function actorRef(type: string, id: string): any {
  return new DurableActorRef(type, id);
}
