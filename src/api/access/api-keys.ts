/**
 * API keys: for machines, and where there is no issuer of tokens. Only a key's SHA-256 is kept, which is enough: a key is
 * 32 random bytes, so nobody guesses it from that.
 */
import { createHash } from "node:crypto";
import { type Authenticator, KEY_PREFIX, unauthenticated } from "./credentials.ts";
import type { Principal, Role } from "./principal.ts";

export interface ApiKey {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the key, in lower-case hex. */
  readonly hash: string;
  readonly customerId?: string | undefined;
}

/** Found by their hashes, so that how long it takes says nothing about a key. */
export function apiKeys(keys: readonly ApiKey[]): Authenticator {
  const principals = new Map(keys.map(({ name, role, hash, customerId }): [string, Principal] => [
    hash,
    { id: `key:${name}`, role, customerId },
  ]));
  return {
    principalOf(secret) {
      const principal = secret.startsWith(KEY_PREFIX)
        ? principals.get(createHash("sha256").update(secret).digest("hex"))
        : undefined;
      return principal === undefined ? Promise.reject(unauthenticated()) : Promise.resolve(principal);
    },
  };
}
