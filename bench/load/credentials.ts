import { createHmac } from 'node:crypto';

/** What an issuer needs to sign the tokens that a service believes (HS256). */
export interface Credentials {
  readonly secret: string;
  readonly issuer: string;
  readonly audience: string;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = base64url({ alg: 'HS256' });
/** In 2100. */
const expiry = 4_102_444_800;

/** The header of a request by this customer or, with the role, operator. */
export function authorization(
  { secret, issuer, audience }: Credentials,
  sub: string,
  roles?: readonly string[],
): string {
  const signed = `${header}.${base64url({ iss: issuer, aud: audience, sub, exp: expiry, roles })}`;
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
