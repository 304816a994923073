import { hash } from "node:crypto";

/** 64 bits over a canonical snapshot, as 16 hex digits. Not a signature: it finds divergence, not malice. */
export function snapshotHash(canonical: string): string {
  return hash("sha1", canonical, "hex").slice(0, 16);
}
