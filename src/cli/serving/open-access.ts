import { isIP } from 'node:net';
import type { Config } from '../config.js';
import { Refused } from '../refused.js';

/**
 * Open access stays on this machine unless ACCESS=open says otherwise.
 * @throws {Refused} with the ways to mend it
 */
export function refuseOpenNetwork({ host, access, isOpenOnPurpose }: Config): void {
  if (access !== null || isOpenOnPurpose || isLoopback(host)) return;
  throw new Refused(
    `HOST is "${host}", and whoever reaches it could sell, cancel and read everything, since access is open. Set one of these (docs/security.md):
  JWT_SECRET or JWT_JWKS_URL, with JWT_ISSUER and JWT_AUDIENCE: customers and operators have tokens;
  ACCESS=guarded: operators have keys, which \`onsale keys add\` makes, and nobody else buys;
  HOST=127.0.0.1: only this machine reaches the service;
  ACCESS=open: something in front of the service decides who may do what.`,
  );
}

/** Addresses that only this machine reaches. A name other than localhost may be any address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
