/** Who callers are, as the environment says they can be known. */
import { type Access, createAccess } from "../../api/access.ts";
import { type AuditRows, createAuditTrail } from "../../api/access/audit.ts";
import { apiKeys } from "../../api/access/api-keys.ts";
import { type Authenticator, KEY_PREFIX, unauthenticated } from "../../api/access/credentials.ts";
import { jsonWebTokens } from "../../api/access/json-web-tokens.ts";
import type { AuthConfig } from "../../config.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";

/** @param logger is told in a line each what staff have done, and who was refused what */
export function openAccess(
  { tokens, apiKeys: keys, requestsPerSecond }: AuthConfig,
  clock: Clock,
  rows: AuditRows,
  logger: Logger,
): Access {
  const byKey = apiKeys(keys);
  const byToken: Authenticator = tokens
    ? jsonWebTokens(tokens, clock)
    : { principalOf: () => Promise.reject(unauthenticated()) };
  return createAccess({
    authenticator: {
      principalOf: (secret) => (secret.startsWith(KEY_PREFIX) ? byKey : byToken).principalOf(secret),
    },
    requestsPerSecond,
    clock,
    audit: createAuditTrail(rows, logger),
  });
}
