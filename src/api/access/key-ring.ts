import { timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../waiting/clock.js';
import { within } from '../../waiting/within.js';
import { ProblemError } from '../problems/problem.js';
import { queryUnavailable, unauthorized } from '../problems/refusals.js';
import type { KnownKey } from './operator-key.js';

/** All keys that are not revoked. Rejects when the store does not answer. */
export type KeySource = () => Promise<readonly KnownKey[]>;

export interface KeyRingOptions {
  readonly source: KeySource;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A revoked key is refused after this long, in ms. */
const freshMs = 10_000;
/** An unknown key makes the ring be loaded again if it is older than this, in ms: a new key works at once. */
const newsMs = 1_000;
/** The pause before the next try when the store was away, in ms; known keys do without it meanwhile. */
const pauseMs = 10_000;
/** How long known keys stay in use while the store is away, in ms. */
const keptMs = 600_000;
/** How long the store may take, in ms. */
const patienceMs = 1_000;

/**
 * The operators' keys, kept in memory, so that a request costs a look-up and a comparison. All keys are loaded at once: however
 * many unknown keys are tried, the store is asked once a second at most.
 */
export class KeyRing {
  readonly #source: KeySource;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #loadedAt = Number.NEGATIVE_INFINITY;
  #nextTryAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;

  constructor({ source, logger, clock = systemClock }: KeyRingOptions) {
    this.#source = source;
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * The name of the key's holder.
   * @throws {ProblemError} unauthorized; unavailable where the keys have not been known for ten minutes
   */
  async holderOf({ id, hash }: Pick<KnownKey, 'id' | 'hash'>): Promise<string> {
    if (this.#age() >= (this.#keys.has(id) ? freshMs : newsMs)) await this.#load();
    if (this.#age() >= keptMs) throw new ProblemError(queryUnavailable);
    const key = this.#keys.get(id);
    if (key === undefined || !timingSafeEqual(key.hash, hash)) throw new ProblemError(unauthorized);
    return key.name;
  }

  #age(): number {
    return this.#clock.monotonic() - this.#loadedAt;
  }

  /** Never rejects: without an answer the known keys stay. */
  async #load(): Promise<void> {
    if (this.#loading === null && this.#clock.monotonic() < this.#nextTryAt) return;
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  async #loadOnce(): Promise<void> {
    const askedAt = this.#clock.monotonic();
    try {
      const keys = await within(patienceMs, this.#source(), silent, this.#clock);
      this.#keys = new Map(keys.map((key) => [key.id, key]));
      this.#loadedAt = askedAt;
      this.#nextTryAt = askedAt + newsMs;
    } catch (error) {
      this.#nextTryAt = this.#clock.monotonic() + pauseMs;
      this.#logger.warn({ err: error }, 'cannot read the operators’ keys; the known ones stay in use');
    }
  }
}

function silent(): never {
  throw new Error(`no answer within ${patienceMs} ms`);
}
