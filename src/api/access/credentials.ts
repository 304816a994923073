/** What a request brings to say who sends it. */
import { StatewrightError } from "../../kernel/errors.ts";
import type { Principal } from "./principal.ts";

export interface Credentials {
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** The header `X-Api-Key`. */
  readonly apiKey: string | undefined;
}

/** Says whose secret it is. */
export interface Authenticator {
  /** @throws StatewrightError `UNAUTHENTICATED`; `UNAVAILABLE` when it cannot be found out */
  principalOf(secret: string): Promise<Principal>;
}

/** All keys of ours begin so, so that they are recognised wherever they should not be. */
export const KEY_PREFIX = "sw_";

/** Parameters of an address in which people send secrets elsewhere. */
export const SECRET_PARAMETER = /^(access_?token|api_?key|key|token)$/i;

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;
/** Longer than any token or key. */
const MAX_SECRET = 8_192;

/** The secret that a request brings, in its one place. @throws StatewrightError `UNAUTHENTICATED` */
export function secretIn({ authorization, apiKey }: Credentials): string {
  const [, bearer] = BEARER.exec(authorization ?? "") ?? [];
  const secret = authorization === undefined ? apiKey : bearer;
  if (secret === undefined || secret.length > MAX_SECRET) throw unauthenticated();
  return secret;
}

/** The same for whatever is wrong: a stranger learns nothing by trying. */
export function unauthenticated(cause?: unknown): StatewrightError {
  return new StatewrightError("UNAUTHENTICATED", "Send `Authorization: Bearer` with a valid token or API key", {
    cause,
  });
}
