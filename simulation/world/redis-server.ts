import { ServerHealth } from './link.js';

export interface CachedStock {
  readonly remaining: number;
  readonly held: number;
  readonly revision: bigint;
}

interface Lock {
  readonly token: string;
  /** By the server's clock, in ms. */
  readonly until: number;
}

/** What a Redis holds; a copy of it is a dump. */
export interface RedisData {
  readonly locks: Map<string, Lock>;
  readonly stock: Map<string, CachedStock>;
}

const copyOf = ({ locks, stock }: RedisData): RedisData => ({ locks: new Map(locks), stock: new Map(stock) });

/** Redis as the service uses it. It may lose everything, and come back with what it knew at an earlier time. */
export class RedisServer {
  readonly health = new ServerHealth('Redis');
  #data: RedisData = { locks: new Map(), stock: new Map() };

  /** @param now the server's own clock, in ms */
  constructor(private readonly now: () => number) {}

  dump(): RedisData {
    return copyOf(this.#data);
  }

  /** Replaces all data by those of a dump. */
  restore(dump: RedisData): void {
    this.#data = copyOf(dump);
  }

  flush(): void {
    this.#data = { locks: new Map(), stock: new Map() };
  }

  /** `SET key token NX PX leaseMs`. */
  lock(concertId: string, token: string, leaseMs: number): boolean {
    if ((this.#data.locks.get(concertId)?.until ?? 0) > this.now()) return false;
    this.#data.locks.set(concertId, { token, until: this.now() + leaseMs });
    return true;
  }

  /** Renews the lease if the lock is still this holder's. */
  extend(concertId: string, token: string, leaseMs: number): boolean {
    const lock = this.#data.locks.get(concertId);
    if (lock?.token !== token || lock.until <= this.now()) return false;
    this.#data.locks.set(concertId, { token, until: this.now() + leaseMs });
    return true;
  }

  /** Deletes the lock if it is still this holder's. */
  unlock(concertId: string, token: string): boolean {
    if (this.#data.locks.get(concertId)?.token !== token) return false;
    return this.#data.locks.delete(concertId);
  }

  stockOf(concertId: string): CachedStock | null {
    return this.#data.stock.get(concertId) ?? null;
  }

  /** Writes each stock that is newer than the one at hand. */
  putStock(stocks: ReadonlyMap<string, CachedStock>): void {
    for (const [concertId, stock] of stocks) {
      const known = this.#data.stock.get(concertId);
      if (known === undefined || stock.revision > known.revision) this.#data.stock.set(concertId, stock);
    }
  }

  forgetStock(concertIds: readonly string[]): void {
    for (const concertId of concertIds) this.#data.stock.delete(concertId);
  }
}
