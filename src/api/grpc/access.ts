/** Who calls is settled before anything of the call is read. */
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Access } from "../access.ts";
import { toConnectError } from "./errors.ts";
import { traceIdOf } from "./trace.ts";

export function withAccess(handler: UniversalHandler, access: Access | undefined): UniversalHandler {
  if (access === undefined) return handler;
  const operation = `${handler.service.typeName}/${handler.method.name}`;
  const handle = async (request: UniversalServerRequest) => {
    const { header } = request;
    let limits: Readonly<Record<string, string>> = {};
    const credentials = {
      authorization: header.get("authorization") ?? undefined,
      apiKey: header.get("x-api-key") ?? undefined,
    };
    const answer = async () => {
      try {
        const principal = await access.admit(operation, credentials, (headers) => limits = headers);
        return await (principal ? access.actingFor(principal, () => handler(request)) : handler(request));
      } catch (thrown) {
        const error = toConnectError(StatewrightError.from(thrown), traceIdOf(header));
        return await handler({ ...request, body: unreadable(error) });
      }
    };
    const answered = await answer();
    return { ...answered, header: new Headers([...answered.header ?? [], ...Object.entries(limits)]) };
  };
  return Object.assign(handle, handler);
}

/** A body that fails with an error for the caller, which each protocol then says in its own way. */
// oxlint-disable-next-line eslint/require-yield -- a body that never comes to a first piece.
async function* unreadable(error: Error): AsyncGenerator<Uint8Array> {
  throw error;
}
