/** The inspector, as this process serves it: on this machine for whoever sits at it, else for staff who log in. */
import type { Access } from "../../api/access.ts";
import { createInspector, type Inspector } from "../../inspector/inspector.ts";
import { visitorByAccess, visitorByHost } from "../../inspector/visitor.ts";
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
