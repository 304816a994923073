/**
 * Which machine wrote an event: its id, the developer's version, and a hash of what it is made of. The hash is over
 * the bytes of the machine's folder, because anything less misses a guard that was turned round.
 */
import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ActorDefinition } from "./definition.ts";

/** `order@1#3f2a90c4d17b` */
export function machineIdentity(
  { machine, version, source }: Pick<ActorDefinition, "machine" | "version" | "source">,
): string {
  const content = source === undefined ? describe(machine) : folderContent(fileURLToPath(source));
  return `${machine.id}@${version}#${hash("sha256", content, "hex").slice(0, 12)}`;
}

function folderContent(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted()
    .map((file) => `${file.slice(folder.length)}\n${readFileSync(file, "utf8")}`)
    .join("\n");
}

/** Without a folder: the configuration and the text of every function in it. What those functions call is not seen. */
function describe({ config, implementations }: ActorDefinition["machine"]): string {
  return JSON.stringify(
    [config, implementations],
    (_, value: unknown) => typeof value === "function" ? String(value) : value,
  );
}
