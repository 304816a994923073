/** What runs here. */
import { readFileSync } from "node:fs";
import type { Version } from "../../api/rest/version.ts";
import type { ActorDefinition } from "../../runtime/definition.ts";
import { machineIdentity } from "../../runtime/machine-identity.ts";

/** As package.json says. */
export function productVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}

/** `node 24.21.0`, `deno 2.9.5` */
export function engine(): string {
  const deno: string | undefined = process.versions["deno"];
  return deno === undefined ? `node ${process.versions.node}` : `deno ${deno}`;
}

/** For `/v1/version`. */
export function describeVersion(
  { node, store, bus, definitions }: {
    readonly node: string;
    readonly store: { readonly description: string };
    readonly bus: { readonly description: string };
    readonly definitions: readonly ActorDefinition[];
  },
): Version {
  return {
    version: productVersion(),
    runtime: engine(),
    node,
    store: store.description,
    bus: bus.description,
    machines: definitions.map((definition) => ({ type: definition.type, identity: machineIdentity(definition) })),
  };
}
