import { LRUCache } from 'lru-cache';
import type { Clock } from '../../waiting/clock.js';
import type { Principal } from './principal.js';

/** How long a token is not checked again, in ms; a key that its issuer withdraws is used no longer than this. */
const rememberedMs = 60_000;
const mostTokens = 20_000;

/** Tokens that were found good, until they expire or a minute has passed: a customer asks several times with the same one. */
export class KnownTokens {
  readonly #tokens: LRUCache<string, Principal>;

  constructor(private readonly clock: Clock) {
    const perf = { now: () => clock.monotonic() };
    this.#tokens = new LRUCache({ max: mostTokens, ttl: rememberedMs, ttlResolution: 0, perf });
  }

  get(token: string): Principal | undefined {
    return this.#tokens.get(token);
  }

  /** @param expires in seconds since 1970, as tokens have it */
  add(token: string, principal: Principal, expires: number): void {
    const leftMs = expires * 1_000 - Date.parse(this.clock.wallTime());
    if (leftMs > 0) this.#tokens.set(token, principal, { ttl: Math.min(leftMs, rememberedMs) });
  }
}
