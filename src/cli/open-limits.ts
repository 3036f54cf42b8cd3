import { addressReader } from '../api/limits/client-address.js';
import { type Limit, type Policy, RequestLimits } from '../api/limits/request-limits.js';
import type { RedisServers } from '../redis/connect.js';
import { type Quota, SharedLimit } from '../redis/shared-limit.js';
import type { Config } from './config.js';

/** The limits of the configuration. Without `TRUSTED_PROXIES` no address is known to be a client's, and none is limited. */
export function openLimits(
  { limits }: Pick<Config, 'limits'>,
  servers: RedisServers | null,
  onLimited: (policy: Policy) => void,
): RequestLimits {
  const { trustedProxies } = limits;
  const limit = (policy: Policy, rule: Quota | null, counted = rule): Limit | null =>
    rule === null || counted === null
      ? null
      : { ...rule, policy, counter: new SharedLimit(policy, counted, servers) };
  const isKnown = trustedProxies !== null;
  const { purchases } = limits;
  return new RequestLimits({
    onLimited,
    addressOf: isKnown ? addressReader(trustedProxies) : null,
    customer: limit('customer', limits.customer),
    address: isKnown ? limit('address', limits.address) : null,
    // A purchase counts when it was made: the last that the quota has room for is the one that uses it up.
    purchases: isKnown
      ? limit('purchases', purchases, purchases && { ...purchases, quota: purchases.quota - 1 })
      : null,
  });
}
