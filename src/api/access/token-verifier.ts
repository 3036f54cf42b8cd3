import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../waiting/clock.js';
import { ProblemError } from '../problems/problem.js';
import { queryUnavailable, unauthorized } from '../problems/refusals.js';
import { customerId } from '../schemas/scalars.js';
import { KnownTokens } from './known-tokens.js';
import type { Principal } from './principal.js';
import { type ClaimRules, sharedSecretVerifier } from './shared-secret.js';

/** Which tokens are believed. */
export interface TokenRules {
  /** Either a secret shared with the issuer (HS256), or the address of its public keys. */
  readonly keys: { readonly secret: string } | { readonly jwksUrl: string };
  readonly issuer: string;
  readonly audience: string;
}

/** Keys older than this are fetched again, in ms, and used until the new ones are here. */
const refreshAfterMs = 600_000;
/** The most that the clocks of issuer and service may differ, in seconds. */
const clockTolerance = 5;

/** What jose says of a token that is no good; of anything else it throws, the token is not to blame. */
const refusals = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/**
 * Reads who asks from a JWT. Algorithms are pinned; issuer, audience, subject and expiry are required. Public keys are kept: while
 * their address is out of reach, tokens under known keys pass.
 * @throws {ProblemError} unauthorized; unavailable where no keys have ever been fetched
 */
export function tokenVerifier(
  { keys, issuer, audience }: TokenRules,
  logger: Logger,
  clock: Clock = systemClock,
): (token: string) => Principal | Promise<Principal> {
  const rules = { issuer, audience, clockTolerance };
  const now = () => new Date(clock.wallTime());
  if ('jwksUrl' in keys) return publicKeyVerifier(keptKeys(keys.jwksUrl, logger, clock), rules, now, clock);
  const claimsOf = sharedSecretVerifier(keys.secret, rules);
  return (token) => {
    const claims = claimsOf(token, now());
    if (claims === null) throw new ProblemError(unauthorized);
    return principalOf(claims);
  };
}

/** Remembers tokens that were found good: a signature by a private key costs ten times as much to check as one by a secret. */
function publicKeyVerifier(
  keys: JWTVerifyGetKey,
  rules: ClaimRules,
  now: () => Date,
  clock: Clock,
): (token: string) => Principal | Promise<Principal> {
  const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
  const options = { ...rules, algorithms, requiredClaims: ['sub', 'exp'] };
  const known = new KnownTokens(clock);
  const verify = async (token: string): Promise<Principal> => {
    const currentDate = now();
    const { payload } = await jwtVerify(token, keys, { ...options, currentDate }).catch(refuse);
    const principal = principalOf(payload);
    known.add(token, principal, (payload.exp ?? 0) * 1_000 - currentDate.getTime());
    return principal;
  };
  return (token) => known.get(token) ?? verify(token);
}

/** @throws {ProblemError} unauthorized for a token that is no good, unavailable where the token is not to blame */
function refuse(error: unknown): never {
  if (refusals.some((refusal) => error instanceof refusal)) throw new ProblemError(unauthorized);
  throw new ProblemError(queryUnavailable, { cause: error });
}

function principalOf({ sub, roles }: JWTPayload): Principal {
  const subject = customerId.safeParse(sub);
  if (!subject.success) throw new ProblemError(unauthorized);
  return { subject: subject.data, isOperator: Array.isArray(roles) && roles.includes('operator') };
}

/** The issuer's public keys. An unknown key id makes them be fetched at most once in 30 s. */
function keptKeys(url: string, logger: Logger, clock: Clock): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: 30_000,
    timeoutDuration: 5_000,
  });
  let refreshedAt = Number.NEGATIVE_INFINITY;
  const refresh = () => {
    refreshedAt = clock.monotonic();
    keys.reload().catch((error: unknown) => {
      logger.warn({ err: error }, 'cannot fetch the keys of the token issuer; the known ones stay in use');
    });
  };
  // At the start: the first customers of a sale do not wait for the issuer.
  refresh();
  return (header, token) => {
    if (clock.monotonic() - refreshedAt > refreshAfterMs) refresh();
    return keys(header, token);
  };
}
