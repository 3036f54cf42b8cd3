import { X509Certificate } from 'node:crypto';
import { messageOf } from '../../waiting/message-of.js';
import type { Config } from '../config.js';
import { readCertificate } from '../serving/certificate.js';
import { isLoopback } from '../serving/open-access.js';
import { type Check, ok, problem, warning } from './check.js';

/** Who may call the service, how often, and whether what is sent can be read on the way. */
export const checkAccess = (config: Config, now: string): readonly Check[] => [
  checkGuard(config),
  ...checkLimits(config),
  ...checkCertificate(config, now),
];

function checkGuard({ access, isOpenOnPurpose, host }: Config): Check {
  if (access !== null) return ok('access', 'who calls is asked for');
  if (isLoopback(host)) return ok('access', 'open, to this machine alone');
  const words = `open to everybody who reaches ${host}`;
  const mend = 'Set JWT_SECRET or JWT_JWKS_URL, or ACCESS=guarded; docs/security.md says how.';
  return isOpenOnPurpose ? warning('access', words, mend) : problem('access', words, mend);
}

function checkLimits({ access, host, limits }: Config): readonly Check[] {
  if (access === null && isLoopback(host)) return [];
  if (limits.trustedProxies !== null) return [ok('limits', 'requests and purchases are limited by address')];
  const mend =
    'Set TRUSTED_PROXIES to the proxies in front of the service, or to none where clients connect to it.';
  return [
    warning('limits', 'requests are not limited by address: nobody says whose addresses are believed', mend),
  ];
}

/** A certificate is renewed a month before its end, by all that renew it. */
const soonMs = 14 * 24 * 3_600_000;

function checkCertificate({ tls }: Config, now: string): readonly Check[] {
  if (tls === null) return [];
  const mend = 'Renew it; a running service takes the new one by itself.';
  try {
    const { validTo } = new X509Certificate(readCertificate(tls).cert);
    const words = `the certificate is valid until ${validTo}`;
    const leftMs = Date.parse(validTo) - Date.parse(now);
    if (leftMs <= 0) return [problem('TLS', words, mend)];
    return [leftMs < soonMs ? warning('TLS', words, mend) : ok('TLS', words)];
  } catch (error) {
    return [problem('TLS', messageOf(error), 'Make both files readable for the service, in PEM.')];
  }
}
