import { SignJWT } from 'jose';
import type { TokenRules } from '../../src/api/access/token-verifier.js';

const secret = 'a secret that only tests know, 32 characters at least';

export const issuer = 'https://issuer.example';
export const audience = 'onsale';

export const rules: TokenRules = { keys: { secret }, issuer, audience };

/** A token as the issuer would sign it, unless told otherwise. */
export function token(claims: {
  readonly sub?: string;
  readonly roles?: unknown;
  readonly iss?: string;
  readonly aud?: string;
  readonly expires?: string | null;
  readonly secret?: string;
  readonly alg?: string;
}): Promise<string> {
  const jwt = new SignJWT(claims.roles === undefined ? {} : { roles: claims.roles })
    .setProtectedHeader({ alg: claims.alg ?? 'HS256' })
    .setIssuer(claims.iss ?? issuer)
    .setAudience(claims.aud ?? audience);
  if (claims.sub !== undefined) jwt.setSubject(claims.sub);
  if (claims.expires !== null) jwt.setExpirationTime(claims.expires ?? '5m');
  return jwt.sign(new TextEncoder().encode(claims.secret ?? secret));
}

export const bearer = async (claims: Parameters<typeof token>[0]) => ({
  authorization: `Bearer ${await token(claims)}`,
});
