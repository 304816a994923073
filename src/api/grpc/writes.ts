/** Writes: at most once for a `request_id`, on a condition, and answered with a token that reads can wait for. */
import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { ActorRef } from "../../kernel/ids.ts";
import type { Accepted } from "../../runtime/receipt.ts";
import type { WriteOptions } from "../../shop/propose.ts";
import { oncePerKey, readRequestKey, type RequestKey } from "../request-keys.ts";
import type { GrpcDependencies } from "./dependencies.ts";

/** What a write did, now or when it was first asked for. */
export interface Written {
  readonly id: string;
  /** The position of the log that has it. */
  readonly position: number;
}

interface KeyedMessage {
  readonly $typeName: string;
  readonly requestId: string;
  readonly expectedVersion?: bigint | undefined;
}

/**
 * Writes once for the message's `request_id`; without one, every time. The key and the condition go with the event.
 * @throws StatewrightError `IDEMPOTENCY_KEY_REUSED` when the id belongs to another request
 */
export async function writeOnce<Desc extends DescMessage>(
  dependencies: GrpcDependencies,
  schema: Desc,
  message: MessageShape<Desc> & KeyedMessage,
  write: (options: WriteOptions) => Promise<Accepted>,
): Promise<Written> {
  const { consistency, system } = dependencies;
  const { answer } = await oncePerKey(dependencies, keyOf(schema, message), {
    async run(requestKey): Promise<Written> {
      const { actor, position } = await write({ requestKey, expectedVersion: expectedVersionOf(message) });
      consistency.told(position);
      return { id: actor.id, position };
    },
    async replay({ type, id }: ActorRef): Promise<Written> {
      const snapshot = await system.actor(type, id).snapshot();
      return { id, position: snapshot?.position ?? 0 };
    },
  });
  return answer;
}

/** Undefined: at whichever it is. */
export function expectedVersionOf(
  { expectedVersion }: { readonly expectedVersion?: bigint | undefined },
): number | undefined {
  return expectedVersion === undefined ? undefined : Number(expectedVersion);
}

export function tokenOf({ position }: { readonly position: number }): string {
  return String(position);
}

/** The message without its id, in bytes that are the same for every encoding it came in. */
function keyOf<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc> & KeyedMessage,
): RequestKey | undefined {
  if (message.requestId === "") return undefined;
  const known = { ...message, requestId: "", $unknown: undefined };
  return readRequestKey(
    "grpc",
    message.requestId,
    Buffer.concat([Buffer.from(`${schema.typeName}\n`), toBinary(schema, known)]),
  );
}
