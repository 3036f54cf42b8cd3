import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openPeerTables, type PeerTables } from './postgres-tables.js';
import type { Bought, PeerRequest, PeerServers, PeerStorage } from './storage.js';

/** Takes one ticket from the stock row within the transaction; null when none is left. */
type Take = (client: pg.PoolClient, concertId: string) => Promise<number | null>;

/** The obvious way: lock the stock row, read it, take one ticket, insert the purchase, commit. */
export const postgresForUpdate = (servers: PeerServers): Promise<PeerStorage> =>
  postgresRow(servers, async (client, concertId) => {
    const { rows } = await client.query<{ capacity: number; remaining: number }>({
      name: 'look',
      text: 'select capacity, remaining from stock where concert_id = $1 for update',
      values: [concertId],
    });
    const [stock] = rows;
    if (stock === undefined || stock.remaining === 0) return null;
    await client.query({
      name: 'take',
      text: 'update stock set remaining = remaining - 1 where concert_id = $1',
      values: [concertId],
    });
    return stock.capacity - stock.remaining + 1;
  });

/** The usual improvement: one conditional update instead of the lock and the read. */
export const postgresConditional = (servers: PeerServers): Promise<PeerStorage> =>
  postgresRow(servers, async (client, concertId) => {
    const { rows } = await client.query<{ number: number }>({
      name: 'take',
      text: `update stock set remaining = remaining - 1 where concert_id = $1 and remaining > 0
        returning capacity - remaining as number`,
      values: [concertId],
    });
    return rows[0]?.number ?? null;
  });

async function postgresRow(servers: PeerServers, take: Take): Promise<PeerStorage> {
  const tables = await openPeerTables(servers);
  return { ...tables, buy: (request) => buy(tables, take, request) };
}

async function buy(tables: PeerTables, take: Take, request: PeerRequest): Promise<Bought> {
  const client = await tables.pool.connect();
  try {
    await client.query('begin');
    const ticketNumber = await take(client, request.concertId);
    if (ticketNumber === null) {
      await client.query('rollback');
      return (await bought(client, request)) ?? { kind: 'sold-out' };
    }
    const purchaseId = randomUUID();
    await insert(client, request, purchaseId, ticketNumber);
    await client.query('commit');
    return { kind: 'accepted', purchaseId, ticketNumber };
  } catch (error) {
    await client.query('rollback');
    if (!isDuplicate(error)) throw error;
    return (await bought(client, request)) ?? { kind: 'limit-reached' };
  } finally {
    client.release();
  }
}

const insert = (client: pg.PoolClient, request: PeerRequest, purchaseId: string, ticketNumber: number) =>
  client.query({
    name: 'insert',
    text: `insert into purchases (purchase_id, concert_id, customer_id, idempotency_key, ticket_number)
      values ($1, $2, $3, $4, $5)`,
    values: [purchaseId, request.concertId, request.customerId, request.key, ticketNumber],
  });

/** The purchase that this key made before. */
async function bought(client: pg.PoolClient, { concertId, key }: PeerRequest): Promise<Bought | null> {
  const { rows } = await client.query<{ purchase_id: string; ticket_number: number }>({
    name: 'bought',
    text: 'select purchase_id, ticket_number from purchases where concert_id = $1 and idempotency_key = $2',
    values: [concertId, key],
  });
  const [row] = rows;
  return row === undefined
    ? null
    : { kind: 'accepted', purchaseId: row.purchase_id, ticketNumber: row.ticket_number };
}

const isDuplicate = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505';
