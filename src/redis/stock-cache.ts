import type { Result } from 'ioredis';
import type { RedisServers } from './connect.js';

/** How many tickets are left, as of a revision of the concert's stream. */
export interface Stock {
  readonly remaining: number;
  readonly revision: bigint;
}

/**
 * KEYS: stock hashes, ARGV: remaining and revision for each. Writes only what is newer than what is there. Revisions are
 * compared as decimal text (length first): Lua's numbers are doubles and would lose the low digits of 64 bits.
 */
const putIfNewer = `
local written = 0
for i, key in ipairs(KEYS) do
  local remaining, revision = ARGV[2 * i - 1], ARGV[2 * i]
  local known = redis.call('HGET', key, 'revision')
  if not known or #revision > #known or (#revision == #known and revision > known) then
    redis.call('HSET', key, 'remaining', remaining, 'revision', revision)
    written = written + 1
  end
end
return written
`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    onsalePutStock(keyCount: number, ...keysAndValues: string[]): Result<number, Context>;
  }
}

/** The tickets left per concert, in Redis: quick to ask, allowed to be lost, never older than it was. */
export class StockCache {
  constructor(private readonly servers: RedisServers) {
    servers.primary.defineCommand('onsalePutStock', { lua: putIfNewer });
  }

  /** Null when the cache does not know the concert. Rejects when Redis does not answer. */
  async get(concertId: string): Promise<Stock | null> {
    const [remaining, revision] = await this.servers.primary.hmget(
      this.#key(concertId),
      'remaining',
      'revision',
    );
    if (typeof remaining !== 'string' || typeof revision !== 'string') return null;
    return { remaining: Number(remaining), revision: BigInt(revision) };
  }

  /** Writes each stock unless the cache has the same revision or a newer one. Rejects when Redis does not answer. */
  async put(stocks: ReadonlyMap<string, Stock>): Promise<void> {
    if (stocks.size === 0) return;
    const keys = [...stocks.keys()].map((concertId) => this.#key(concertId));
    const values = [...stocks.values()].flatMap(({ remaining, revision }) => [`${remaining}`, `${revision}`]);
    await this.servers.primary.onsalePutStock(keys.length, ...keys, ...values);
  }

  /** As if these had never been written. Rejects when Redis does not answer. */
  async forget(concertIds: readonly string[]): Promise<void> {
    if (concertIds.length > 0) await this.servers.primary.del(concertIds.map((id) => this.#key(id)));
  }

  #key(concertId: string): string {
    return `${this.servers.prefix}stock:${concertId}`;
  }
}
