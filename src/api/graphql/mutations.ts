/** What all mutations share: once for a key, refusals as data, and a token to read the write by. */
import type { InputFieldBuilder } from "@pothos/core";
import { z } from "zod";
import type { ActorRef } from "../../kernel/ids.ts";
import type { Accepted } from "../../runtime/receipt.ts";
import type { WriteOptions } from "../../shop/propose.ts";
import { canonicalJson } from "../canonical-json.ts";
import { oncePerKey, readRequestKey, type RequestKey } from "../request-keys.ts";
import { validate } from "../validation.ts";
import type { Types } from "./builder.ts";
import { type GraphQLContext, refresh } from "./context.ts";
import { type UserError, userErrorsOf } from "./user-errors.ts";

/** What came of a mutation. */
export interface Outcome {
  /** Of the actor that was written to; undefined when nothing was. */
  readonly id?: string;
  /** The position of the log that has it. */
  readonly position?: number;
  readonly userErrors: readonly UserError[];
}

interface KeyedInput {
  readonly clientMutationId?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

const conditionSchema = z.object({ expectedVersion: z.number().min(1, "Versions begin with 1").nullish() });

/**
 * Writes, once for the input's `clientMutationId`. What the caller can mend is answered as data, all else is thrown.
 * @param name the mutation's
 */
export async function write(
  context: GraphQLContext,
  name: string,
  input: KeyedInput,
  run: (options: WriteOptions) => Promise<Accepted>,
): Promise<Outcome> {
  const { consistency, system } = context.dependencies;
  try {
    const { answer } = await oncePerKey(context.dependencies, keyOf(name, input), {
      async run(requestKey): Promise<Outcome> {
        const { expectedVersion } = validate(conditionSchema, input);
        const { actor, position } = await run({ requestKey, expectedVersion: expectedVersion ?? undefined });
        return { id: actor.id, position, userErrors: [] };
      },
      async replay({ type, id }: ActorRef): Promise<Outcome> {
        const snapshot = await system.actor(type, id).snapshot();
        return { id, position: snapshot?.position ?? 0, userErrors: [] };
      },
    });
    consistency.told(answer.position ?? 0);
    return answer;
  } catch (thrown) {
    return { userErrors: userErrorsOf(thrown) };
  } finally {
    refresh(context);
  }
}

function keyOf(name: string, input: KeyedInput): RequestKey | undefined {
  const { clientMutationId } = input;
  return typeof clientMutationId === "string"
    ? readRequestKey("graphql", clientMutationId, `${name}\n${canonicalJson(input)}`)
    : undefined;
}

/** The fields of every payload. */
export function outcomeFields(t: PothosSchemaTypes.ObjectFieldBuilder<Types, Outcome>) {
  return {
    consistencyToken: t.string({
      nullable: true,
      description: "For queries that have to show this write. Null when nothing was written.",
      resolve: ({ position }) => position === undefined ? null : String(position),
    }),
    userErrors: t.field({
      type: ["UserError"],
      description: "Why nothing was written; empty when it was.",
      resolve: ({ userErrors }) => userErrors,
    }),
  };
}

/** On every input that changes something. */
export function versionField(t: InputFieldBuilder<Types, "InputObject">) {
  return t.int({ description: "Do it only while it stands at this version." });
}

/** An input without the fields that are null, for what can be left out but not taken away. */
export function withoutNulls<Input extends object>(
  input: Input,
): { [Name in keyof Input]: Exclude<Input[Name], null> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as {
    [Name in keyof Input]: Exclude<Input[Name], null>;
  };
}
