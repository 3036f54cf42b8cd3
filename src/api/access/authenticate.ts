import type { Logger } from 'pino';
import { ProblemError } from '../problems/problem.js';
import { unauthorized } from '../problems/refusals.js';
import { KeyRing, type KeySource } from './key-ring.js';
import { type KnownKey, parseOperatorKey } from './operator-key.js';
import type { Principal } from './principal.js';
import { type TokenRules, tokenVerifier } from './token-verifier.js';

/** Reads who asks from what follows `Bearer`, at once where nothing has to be waited for. @throws {ProblemError} unauthorized, unavailable */
export type Authenticate = (credential: string) => Principal | Promise<Principal>;

export interface AccessRules {
  /** Null where no tokens are believed, operators' keys alone. */
  readonly tokens: TokenRules | null;
}

/** Operators by key, customers and operators by token. */
export function authenticator({ tokens }: AccessRules, source: KeySource, logger: Logger): Authenticate {
  const ring = new KeyRing({ source, logger });
  const verify = tokens === null ? null : tokenVerifier(tokens, logger);
  const operator = async (key: Pick<KnownKey, 'id' | 'hash'>) => ({
    subject: await ring.holderOf(key),
    isOperator: true,
  });
  return (credential) => {
    const key = parseOperatorKey(credential);
    if (key !== null) return operator(key);
    if (verify === null) throw new ProblemError(unauthorized);
    return verify(credential);
  };
}
