/** JSON Web Tokens of one issuer, for one audience. The issuer's keys are found by discovery, or given. */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";
import { type Authenticator, unauthenticated } from "./credentials.ts";
import { type Principal, ROLES } from "./principal.ts";

export interface TokenIssuer {
  /** A URL, as `iss` has it. */
  readonly issuer: string;
  /** What `aud` has to name. */
  readonly audience: string;
  /** The issuer's public keys, as JSON; undefined: from where its `/.well-known/openid-configuration` says. */
  readonly jwks: string | undefined;
}

/** Signatures only, each made with a private key: what a token says of its own algorithm is not believed. */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const CLOCKS_DIFFER_BY_S = 5;
const ISSUER_ANSWERS_WITHIN_MS = 3_000;

/** What is wrong with a token. Every other failure is one of asking the issuer. */
const REFUSALS = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
] as const;

const claims = z.object({
  sub: z.string().regex(/^[!-~]{1,200}$/),
  role: z.enum(ROLES).default("customer"),
  customer_id: z.string().refine(isUuid).optional(),
});

export function jsonWebTokens({ issuer, audience, jwks }: TokenIssuer, clock: Clock): Authenticator {
  const keyOf = jwks === undefined
    ? discoveredKeys(issuer, clock)
    : createLocalJWKSet(JSON.parse(jwks) as JSONWebKeySet);
  return {
    async principalOf(secret) {
      const payload = await verified(secret);
      const { success, data, error } = claims.safeParse(payload);
      if (!success) throw unauthenticated(error);
      return principalFrom(data);
    },
  };

  async function verified(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["sub", "exp"],
        clockTolerance: CLOCKS_DIFFER_BY_S,
        currentDate: new Date(clock.now()),
      });
      return payload;
    } catch (thrown) {
      if (REFUSALS.some((refusal) => thrown instanceof refusal)) throw unauthenticated(thrown);
      throw new StatewrightError("UNAVAILABLE", "The issuer of tokens does not answer", { cause: thrown });
    }
  }
}

function principalFrom({ sub, role, customer_id: customerId }: z.infer<typeof claims>): Principal {
  return { id: `sub:${sub}`, role, customerId };
}

/** Asked for with the first token; after that the keys are kept, and asked for again when a token names another one. */
function discoveredKeys(issuer: string, clock: Clock): JWTVerifyGetKey {
  let discovery: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    discovery ??= discover(issuer, clock);
    const keyOf = await discovery.catch((thrown: unknown) => {
      discovery = undefined;
      throw thrown;
    });
    return await keyOf(header, token);
  };
}

const configuration = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

async function discover(issuer: string, clock: Clock): Promise<JWTVerifyGetKey> {
  const where = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const late = new AbortController();
  const cancel = clock.schedule(ISSUER_ANSWERS_WITHIN_MS, () => late.abort());
  try {
    const answer = await fetch(where, { signal: late.signal, redirect: "error" });
    const found = configuration.parse(await answer.json());
    if (found.issuer !== issuer) throw new Error(`${where} speaks for another issuer`);
    return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: ISSUER_ANSWERS_WITHIN_MS });
  } finally {
    cancel();
  }
}
