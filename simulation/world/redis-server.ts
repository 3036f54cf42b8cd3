import { Channels } from './channels.js';
import { epoch } from './epoch.js';
import type { QueueEntry, QueuesData } from './queue-data.js';
import { Queues } from './queues.js';
import { ServerHealth } from './server-health.js';

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
  readonly queues: QueuesData;
  readonly stockLog: string | null;
}

/** Redis as the service uses it. It may lose everything, and come back with what it knew at an earlier time. */
export class RedisServer {
  readonly health: ServerHealth;
  readonly channels = new Channels();
  readonly queues: Queues;
  #locks = new Map<string, Lock>();
  #stock = new Map<string, CachedStock>();
  /** The log that the stock was computed from. */
  stockLog: string | null = null;
  /** What its clock is ahead of the true time, in ms. */
  #skewMs = 0;
  readonly #now: () => number;

  /** @param now the true time, in ms */
  constructor(
    name: string,
    now: () => number,
    onJoined: (concertId: string, entry: QueueEntry) => void = () => {},
  ) {
    this.health = new ServerHealth(name);
    this.health.onCut(() => this.channels.forgetSubscribers());
    this.#now = () => epoch + now() + this.#skewMs;
    this.queues = new Queues(this.#now, this.channels, onJoined);
  }

  dump(): RedisData {
    const { stockLog } = this;
    return {
      ...{ locks: new Map(this.#locks), stock: new Map(this.#stock), queues: this.queues.dump() },
      stockLog,
    };
  }

  /** Starts again with the data of a dump, as after a power cut or on a replica that was behind. */
  restore({ locks, stock, queues, stockLog }: RedisData): void {
    this.stockLog = stockLog;
    [this.#locks, this.#stock] = [new Map(locks), new Map(stock)];
    this.queues.restore(queues);
    this.health.cut();
  }

  flush(): void {
    [this.#locks, this.#stock, this.stockLog] = [new Map(), new Map(), null];
    this.queues.flush();
  }

  /** Sets the server's clock forward or back. */
  jumpClock(ms: number): void {
    this.#skewMs += ms;
  }

  /** `SET key token NX PX leaseMs`. */
  lock(concertId: string, token: string, leaseMs: number): boolean {
    if ((this.#locks.get(concertId)?.until ?? Number.NEGATIVE_INFINITY) > this.#now()) return false;
    this.#locks.set(concertId, { token, until: this.#now() + leaseMs });
    return true;
  }

  /** Renews the lease if the lock is still this holder's. */
  extend(concertId: string, token: string, leaseMs: number): boolean {
    const lock = this.#locks.get(concertId);
    if (lock?.token !== token || lock.until <= this.#now()) return false;
    this.#locks.set(concertId, { token, until: this.#now() + leaseMs });
    return true;
  }

  /** Deletes the lock if it is still this holder's. */
  unlock(concertId: string, token: string): boolean {
    if (this.#locks.get(concertId)?.token !== token) return false;
    return this.#locks.delete(concertId);
  }

  stockOf(concertId: string): CachedStock | null {
    return this.#stock.get(concertId) ?? null;
  }

  /** Writes each stock that is newer than the one at hand. */
  putStock(stocks: ReadonlyMap<string, CachedStock>): void {
    for (const [concertId, stock] of stocks) {
      const known = this.#stock.get(concertId);
      if (known === undefined || stock.revision > known.revision) this.#stock.set(concertId, stock);
    }
  }

  forgetStock(concertIds: readonly string[]): void {
    for (const concertId of concertIds) this.#stock.delete(concertId);
  }

  concertsWithStock = (): readonly string[] => [...this.#stock.keys()];

  forgetAllStock(): void {
    this.#stock = new Map();
  }
}
