import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type Clock, systemClock } from '../waiting/clock.js';
import type { RedisServers } from './connect.js';

/** So many of something in so long a time. */
export interface Quota {
  readonly quota: number;
  readonly windowSeconds: number;
}

export interface Standing {
  readonly isOver: boolean;
  readonly remaining: number;
  /** Until the quota is whole again. */
  readonly resetSeconds: number;
}

/** The part of a quota that each process counts by itself before it asks Redis. */
const ownPart = 0.1;
/** The most keys that a process counts at a time; then it starts with none. */
const mostKeys = 200_000;

/**
 * A limit that all processes share through Redis. Each process counts the first tenth of a quota by itself: whoever stays below it
 * costs no call, nor does whoever is over the limit until the window ends. So one process counts up to two tenths less than there
 * were (its windows and those of Redis do not begin together). While Redis is away, each process counts alone.
 */
export class SharedLimit {
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #own: number;
  readonly #limiter: RateLimiterRedis | RateLimiterMemory;
  readonly #counts = new Map<string, number>();
  /** Those that are over the limit, and until when. */
  readonly #over = new Map<string, number>();
  #windowEnds = Number.NEGATIVE_INFINITY;

  /** @param servers null for an installation without Redis: each process counts alone */
  constructor(name: string, quota: Quota, servers: RedisServers | null, clock: Clock = systemClock) {
    this.#quota = quota;
    this.#clock = clock;
    this.#own = Math.floor(quota.quota * ownPart);
    const options = { points: quota.quota, duration: quota.windowSeconds };
    const alone = new RateLimiterMemory(options);
    this.#limiter =
      servers === null
        ? alone
        : new RateLimiterRedis({
            ...options,
            storeClient: servers.primary,
            keyPrefix: `${servers.prefix}limit:${name}`,
            insuranceLimiter: alone,
          });
  }

  /** Null for a key that is not over the limit, as far as this process knows. */
  over(key: string): Standing | null {
    const until = this.#over.get(key);
    if (until === undefined) return null;
    const leftMs = until - this.#clock.monotonic();
    if (leftMs > 0) return { isOver: true, remaining: 0, resetSeconds: Math.ceil(leftMs / 1_000) };
    this.#over.delete(key);
    return null;
  }

  /** Counts one. Null below the part that this process counts by itself. */
  take(key: string): Promise<Standing> | null {
    this.#turnWindow();
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count <= this.#own) return null;
    const over = this.over(key);
    if (over !== null) return Promise.resolve(over);
    return this.#ask(key, count === this.#own + 1 ? count : 1);
  }

  async #ask(key: string, points: number): Promise<Standing> {
    const { remainingPoints, msBeforeNext, consumedPoints } = await this.#consume(key, points);
    const isOver = consumedPoints > this.#quota.quota;
    if (isOver) this.#over.set(key, this.#clock.monotonic() + msBeforeNext);
    return { isOver, remaining: remainingPoints, resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)) };
  }

  /** The limiter rejects with its result where a key is over the limit. */
  async #consume(key: string, points: number): Promise<RateLimiterRes> {
    try {
      return await this.#limiter.consume(key, points);
    } catch (result) {
      if (result instanceof RateLimiterRes) return result;
      throw result;
    }
  }

  #turnWindow(): void {
    const now = this.#clock.monotonic();
    if (now < this.#windowEnds && this.#counts.size < mostKeys) return;
    this.#windowEnds = now + this.#quota.windowSeconds * 1_000;
    this.#counts.clear();
    for (const key of this.#over.keys()) this.over(key);
  }
}
