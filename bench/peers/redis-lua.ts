import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis, type Result } from 'ioredis';
import { insertSales, type PendingSale } from './postgres-bulk.js';
import { openPeerTables } from './postgres-tables.js';
import type { PeerServers, PeerStorage } from './storage.js';

/**
 * KEYS: stock, customers, sales. ARGV: customer, key, purchase id, concert. One atomic step: a customer who has bought
 * gets the same answer again, otherwise the stock goes down and the sale is put on the list for the job.
 */
const deduct = `
local before = redis.call('HGET', KEYS[2], ARGV[1])
if before then return before end
local left = tonumber(redis.call('HGET', KEYS[1], 'remaining') or '0')
if left <= 0 then return 'sold-out' end
redis.call('HINCRBY', KEYS[1], 'remaining', -1)
local sale = cjson.encode({ concertId = ARGV[4], customerId = ARGV[1], key = ARGV[2], purchaseId = ARGV[3],
  ticketNumber = tonumber(redis.call('HGET', KEYS[1], 'capacity')) - left + 1 })
redis.call('HSET', KEYS[2], ARGV[1], sale)
redis.call('RPUSH', KEYS[3], sale)
return sale
`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    benchDeduct(stock: string, customers: string, sales: string, ...args: string[]): Result<string, Context>;
  }
}

const jobPauseMs = 100;
const jobPage = 1_000;

/**
 * The flash-sale recipe: the stock lives in Redis and goes down in a Lua script, the buyer is answered at once, a job brings
 * the sales to Postgres afterwards. Redis as it comes, without an append-only file.
 */
export async function redisLua(servers: PeerServers): Promise<PeerStorage> {
  const tables = await openPeerTables(servers);
  const redis = new Redis(servers.redisUrl, { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  redis.on('error', () => {}); // A lost Redis shows in the answers; the driver connects again by itself.
  await once(redis, 'ready');
  redis.defineCommand('benchDeduct', { lua: deduct, numberOfKeys: 3 });
  const name = (what: string) => `${servers.namespace}:lua:${what}`;
  const sales = name('sales');

  const persist = async (): Promise<number> => {
    const page = await redis.lrange(sales, 0, jobPage - 1);
    if (page.length === 0) return 0;
    await insertSales(
      tables.pool,
      page.map((sale) => JSON.parse(sale) as PendingSale),
    );
    await redis.ltrim(sales, page.length, -1);
    return page.length;
  };
  const stopping = new AbortController();
  const job = keepRunning(persist, stopping.signal);

  return {
    schedule: async (concertId, capacity) => {
      await redis.hset(name(concertId), 'capacity', capacity, 'remaining', capacity);
    },
    async buy({ concertId, customerId, key }) {
      const stock = name(concertId);
      const sale = await redis.benchDeduct(
        stock,
        `${stock}:customers`,
        sales,
        customerId,
        key,
        randomUUID(),
        concertId,
      );
      if (sale === 'sold-out') return { kind: 'sold-out' };
      const made = JSON.parse(sale) as PendingSale;
      if (made.key !== key) return { kind: 'limit-reached' };
      return { kind: 'accepted', purchaseId: made.purchaseId, ticketNumber: made.ticketNumber };
    },
    async sold(concertId) {
      if (redis.status !== 'ready') await once(redis, 'ready');
      while ((await redis.llen(sales)) > 0) await delay(jobPauseMs);
      return tables.sold(concertId);
    },
    async close() {
      stopping.abort();
      await job;
      redis.disconnect();
      await tables.close();
    },
  };
}

/**
 * Runs the job page by page until nothing is left, pauses, and runs it again. A failure is reported once and retried: a sale
 * that is inserted twice is one row.
 */
export async function keepRunning(step: () => Promise<number>, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      while ((await step()) >= jobPage);
      failing = false;
    } catch (error) {
      if (!failing) process.stderr.write(`peer job, tried again: ${String(error)}\n`);
      failing = true;
    }
    await delay(jobPauseMs);
  }
}
