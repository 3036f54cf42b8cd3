import type { Result } from 'ioredis';
import type { RedisServers } from './connect.js';

/** How many tickets are left and on hold, as of a revision of the concert's stream. */
export interface Stock {
  /** Tickets neither sold nor held. */
  readonly remaining: number;
  readonly held: number;
  readonly revision: bigint;
}

/** The content of a concert's key. */
export type CachedStock =
  | { readonly kind: 'stock'; readonly stock: Stock }
  | { readonly kind: 'nothing' }
  /** A value that no version of onsale writes. The next `put` overwrites it. */
  | { readonly kind: 'malformed'; readonly problem: string };

/** Up to 15 digits: exact as numbers. */
const heldPattern = /^(0|[1-9]\d{0,14})$/;
const remainingPattern = /^-?(0|[1-9]\d{0,14})$/;
const revisionPattern = /^(0|[1-9]\d{0,18})$/;

/**
 * KEYS: stock hashes, ARGV: remaining, held and revision for each. Writes a stock only if it is newer than the cached one, or the key
 * holds no stock. A key that cannot be written does not affect the others; its error is the reply. Revisions are compared as
 * decimal text (length first): Lua's numbers are doubles and would lose the low digits of 64 bits.
 */
const putIfNewer = `
local written, problem = 0, nil
local function is_whole(text, digits)
  return type(text) == 'string' and #text <= digits and (text == '0' or string.find(text, '^[1-9]%d*$') ~= nil)
end
for i, key in ipairs(KEYS) do
  local remaining, held, revision = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local found = redis.pcall('HMGET', key, 'remaining', 'held', 'revision')
  if found.err then
    redis.pcall('DEL', key)
    found = {false, false, false}
  end
  local left, on_hold, known = found[1], found[2], found[3]
  local is_stock = is_whole(known, 19) and type(left) == 'string' and is_whole(string.gsub(left, '^%-', ''), 15)
    and (not on_hold or is_whole(on_hold, 15))
  if not is_stock or #revision > #known or (#revision == #known and revision > known) then
    local reply = redis.pcall('HSET', key, 'remaining', remaining, 'held', held, 'revision', revision)
    if type(reply) == 'table' and reply.err then problem = problem or reply.err else written = written + 1 end
  end
end
if problem then return redis.error_reply(problem) end
return written
`;

const keysPerScan = 500;
/** How long a claim lasts unless it is renewed, in ms. */
const claimMs = 6_000;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    onsalePutStock(keyCount: number, ...keysAndValues: string[]): Result<number, Context>;
  }
}

/** The tickets left per concert, in Redis. Entries may be lost, but a newer stock is never replaced by an older one. */
export class StockCache {
  constructor(private readonly servers: RedisServers) {
    servers.primary.defineCommand('onsalePutStock', { lua: putIfNewer });
  }

  /** Null when the cache has no stock of the concert, or has a malformed value. Rejects when Redis does not answer. */
  async get(concertId: string): Promise<Stock | null> {
    const found = await this.look(concertId);
    return found.kind === 'stock' ? found.stock : null;
  }

  /** As `get`, but tells a missing stock from a malformed one. Rejects when Redis does not answer. */
  async look(concertId: string): Promise<CachedStock> {
    let found: (string | null)[];
    try {
      found = await this.servers.primary.hmget(this.#key(concertId), 'remaining', 'held', 'revision');
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('WRONGTYPE')) {
        return { kind: 'malformed', problem: 'not a hash' };
      }
      throw error;
    }
    const [remaining = null, onHold = null, revision = null] = found;
    if (remaining === null && onHold === null && revision === null) return { kind: 'nothing' };
    if (remaining === null || !remainingPattern.test(remaining)) {
      return { kind: 'malformed', problem: `remaining is ${JSON.stringify(remaining)}` };
    }
    // A stock that an older version wrote says nothing of holds: it knew none.
    const held = onHold ?? '0';
    if (!heldPattern.test(held)) return { kind: 'malformed', problem: `held is ${JSON.stringify(held)}` };
    if (revision === null || !revisionPattern.test(revision)) {
      return { kind: 'malformed', problem: `revision is ${JSON.stringify(revision)}` };
    }
    const stock = { remaining: Number(remaining), held: Number(held), revision: BigInt(revision) };
    return { kind: 'stock', stock };
  }

  /** The concerts that have a key here, malformed or not. Rejects when Redis does not answer. */
  async *concertIds(): AsyncGenerator<string> {
    const start = this.#key('');
    const pattern = `${start.replace(/[\\?*[\]]/g, '\\$&')}*`;
    for (let cursor = '0'; ; ) {
      const [next, keys] = await this.servers.primary.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
      for (const key of keys) yield key.slice(start.length);
      if (next === '0') return;
      cursor = next;
    }
  }

  /**
   * Writes each stock unless the cache has the same revision or a newer one. Rejects when Redis does not answer, or could not
   * write some; the others are written.
   */
  async put(stocks: ReadonlyMap<string, Stock>): Promise<void> {
    if (stocks.size === 0) return;
    const keys = [...stocks.keys()].map((concertId) => this.#key(concertId));
    const values = [...stocks.values()].flatMap(({ remaining, held, revision }) =>
      [remaining, held, revision].map(String),
    );
    await this.servers.primary.onsalePutStock(keys.length, ...keys, ...values);
  }

  /** Deletes the stock of these concerts. Rejects when Redis does not answer. */
  async forget(concertIds: readonly string[]): Promise<void> {
    if (concertIds.length > 0) await this.servers.primary.del(concertIds.map((id) => this.#key(id)));
  }

  /** Deletes all stock. Rejects when Redis does not answer. */
  async forgetAll(): Promise<void> {
    const { primary, prefix } = this.servers;
    const pages = primary.scanStream({ match: `${prefix}stock:*`, count: keysPerScan });
    for await (const keys of pages) if (keys.length > 0) await primary.unlink(keys);
  }

  /**
   * Deletes all stock that was computed from another log, and records this log's id. Stock of older versions, which recorded no
   * log, is kept. Rejects when Redis does not answer.
   */
  async startOver(logId: string): Promise<void> {
    const { primary, prefix } = this.servers;
    const key = `${prefix}stock-log`;
    const before = await primary.get(key);
    if (before === logId) return;
    if (before !== null) await this.forgetAll();
    await primary.set(key, logId);
  }

  /**
   * Claims these keys for the installation with this log, for some seconds. Rejects when Redis does not answer.
   * @returns the log of another installation that has claimed them, or null
   */
  async claim(logId: string): Promise<string | null> {
    const { primary, prefix } = this.servers;
    const key = `${prefix}installation`;
    const other = await primary.get(key);
    if (other !== null && other !== logId) return other;
    await primary.set(key, logId, 'PX', claimMs);
    return null;
  }

  /** The log of the installation that has claimed these keys, or null. Rejects when Redis does not answer. */
  claimedBy(): Promise<string | null> {
    const { primary, prefix } = this.servers;
    return primary.get(`${prefix}installation`);
  }

  #key(concertId: string): string {
    return `${this.servers.prefix}stock:${concertId}`;
  }
}
