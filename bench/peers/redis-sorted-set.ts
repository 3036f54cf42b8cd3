import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { insertSales } from './postgres-bulk.js';
import { openPeerTables, type PeerTables } from './postgres-tables.js';
import { keepRunning } from './redis-lua.js';
import type { PeerServers, PeerStorage } from './storage.js';

const jobPage = 1_000;
const pollMs = 20;

type Buyer = readonly [customerId: string, key: string];

/**
 * A queue: buyers go into a sorted set by time of arrival and are answered 202; a job takes them out in order and sells to them in
 * Postgres. Buyers who are taken out and not yet sold to are in the memory of the job alone.
 */
export async function redisSortedSet(servers: PeerServers): Promise<PeerStorage> {
  const tables = await openPeerTables(servers);
  const redis = new Redis(servers.redisUrl, { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  redis.on('error', () => {}); // A lost Redis shows in the answers; the driver connects again by itself.
  await once(redis, 'ready');
  const queueOf = (concertId: string) => `${servers.namespace}:queue:${concertId}`;
  const concerts = new Set<string>();
  let working = 0;
  const drain = async (): Promise<number> => {
    let taken = 0;
    for (const concertId of concerts) {
      working++;
      try {
        const popped = await redis.zpopmin(queueOf(concertId), jobPage);
        const buyers = popped
          .filter((_, index) => index % 2 === 0)
          .map((buyer) => JSON.parse(buyer) as Buyer);
        if (buyers.length > 0) await sell(tables, concertId, buyers);
        taken += buyers.length;
      } finally {
        working--;
      }
    }
    return taken;
  };
  const stopping = new AbortController();
  const job = keepRunning(drain, stopping.signal);
  return {
    async schedule(concertId, capacity) {
      await tables.schedule(concertId, capacity);
      concerts.add(concertId);
    },
    async buy({ concertId, customerId, key }) {
      await redis.zadd(queueOf(concertId), 'NX', Date.now(), JSON.stringify([customerId, key]));
      return { kind: 'queued' };
    },
    async sold(concertId) {
      while (working > 0 || (await redis.zcard(queueOf(concertId))) > 0) await delay(pollMs);
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

async function sell({ pool }: PeerTables, concertId: string, buyers: readonly Buyer[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ capacity: number; remaining: number }>(
      'select capacity, remaining from stock where concert_id = $1 for update',
      [concertId],
    );
    const { capacity = 0, remaining = 0 } = rows[0] ?? {};
    const known = await customersOf(client, concertId, buyers);
    const buying = buyers.filter(([customerId]) => !known.has(customerId)).slice(0, remaining);
    const sales = buying.map(([customerId, key], index) => {
      const ticketNumber = capacity - remaining + index + 1;
      return { concertId, customerId, key, purchaseId: randomUUID(), ticketNumber };
    });
    const sold = await insertSales(client, sales);
    await client.query('update stock set remaining = remaining - $2 where concert_id = $1', [
      concertId,
      sold,
    ]);
    await client.query('commit');
  } finally {
    client.release();
  }
}

/** The customers of these who have bought already: they asked again after they were taken out of the queue. */
async function customersOf(
  client: pg.PoolClient,
  concertId: string,
  buyers: readonly Buyer[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ customer_id: string }>(
    'select customer_id from purchases where concert_id = $1 and customer_id = any($2)',
    [concertId, buyers.map(([customerId]) => customerId)],
  );
  return new Set(rows.map((row) => row.customer_id));
}
