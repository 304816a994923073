/** The inspector, as this process serves it: on this machine for whoever sits at it, else for staff who log in. */
import type { Access } from "../../api/access.ts";
import { createInspector, type Inspector } from "../../inspector/inspector.ts";
import { type IdentifyVisitor, visitorByHost, visitorOfStaff } from "../../inspector/visitor.ts";
import { lagOf } from "../../projection/lag.ts";
import type { Operations } from "../../runtime/operations.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Parts } from "./parts.ts";
import type { Readers } from "./readers.ts";

export function openInspector(
  parts: Parts & Pick<Readers, "relay"> & { readonly runtime: Runtime; readonly operations: Operations },
  access: Access | undefined,
): Inspector {
  const { config, store, runtime, relay, operations, clock, logger } = parts;
  return createInspector({
    definitions: runtime.definitions,
    system: runtime,
    readModels: store,
    preview: (tables, work) => store.preview(tables, work),
    onAppended: (callback) => store.onAppended(callback),
    relayLag: () => relay.lag(),
    readers: async () => await lagOf(store, clock, await store.readers()),
    operations,
    visitor: access ? visitorByAccess(access) : visitorByHost(config.host),
    clock,
    logger,
  });
}

/** A browser sends what it was told at its prompt as Basic: the password is the key or the token. */
function visitorByAccess(access: Access): IdentifyVisitor {
  return async ({ headers }) => {
    const said = headers.get("authorization") ?? undefined;
    const basic = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(said ?? "")?.[1];
    const secret = basic && Buffer.from(basic, "base64").toString("utf8").replace(/^[^:]*:/, "");
    const admission = await access.admit("GET /inspect/api", {
      authorization: secret === undefined ? said : `Bearer ${secret}`,
      apiKey: headers.get("x-api-key") ?? undefined,
    });
    return visitorOfStaff(admission!.principal.id);
  };
}
