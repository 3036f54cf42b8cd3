import type { Clock } from '../../waiting/clock.js';
import type { Principal } from './principal.js';

/** How long a token is not checked again, in ms; a key that its issuer withdraws is used no longer than this. */
const rememberedMs = 60_000;
/** The most tokens in each half. */
const mostPerHalf = 10_000;

interface GoodToken {
  readonly principal: Principal;
  /** By the clock that is never set back. */
  readonly until: number;
}

/**
 * Tokens that were found good, until they expire or a minute has passed: a customer asks several times with the same one. The older
 * half is dropped when the younger one is full, which costs a new token less than an order of use would.
 */
export class KnownTokens {
  #younger = new Map<string, GoodToken>();
  #older: ReadonlyMap<string, GoodToken> = new Map();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  get(token: string): Principal | undefined {
    const known = this.#younger.get(token) ?? this.#older.get(token);
    return known !== undefined && this.clock.monotonic() < known.until ? known.principal : undefined;
  }

  /** @param leftMs until the token expires */
  add(token: string, principal: Principal, leftMs: number): void {
    if (this.#younger.size >= mostPerHalf) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    const until = this.clock.monotonic() + Math.min(leftMs, rememberedMs);
    this.#younger.set(token, { principal, until });
  }
}
