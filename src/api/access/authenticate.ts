import type { Logger } from 'pino';
import { ProblemError } from '../problems/problem.js';
import { unauthorized } from '../problems/refusals.js';
import { KeyRing, type KeySource } from './key-ring.js';
import { parseOperatorKey } from './operator-key.js';
import type { Principal } from './principal.js';
import { type TokenRules, tokenVerifier } from './token-verifier.js';

/** Reads who asks from what follows `Bearer`. @throws {ProblemError} unauthorized, unavailable */
export type Authenticate = (credential: string) => Promise<Principal>;

export interface AccessRules {
  /** Null where no tokens are believed, operators' keys alone. */
  readonly tokens: TokenRules | null;
}

/** Operators by key, customers and operators by token. */
export function authenticator({ tokens }: AccessRules, source: KeySource, logger: Logger): Authenticate {
  const ring = new KeyRing({ source, logger });
  const verify = tokens === null ? null : tokenVerifier(tokens, logger);
  return async (credential) => {
    const key = parseOperatorKey(credential);
    if (key !== null) return { subject: await ring.holderOf(key), isOperator: true };
    if (verify === null) throw new ProblemError(unauthorized);
    return verify(credential);
  };
}
