import pg from 'pg';
import type { PeerSale, PeerServers } from './storage.js';

/** A usual number of connections; with a lock on one row, more would be of no use. */
const poolSize = 20;

/** The tables that the SQL peers sell from: a stock row per concert, a row per purchase. Commits wait for the disk. */
export async function openPeerTables({ databaseUrl, namespace }: PeerServers) {
  const schema = `${namespace}_peer`;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    options: `-c search_path=${schema} -c synchronous_commit=on`,
  });
  await pool.query(`
    create schema if not exists ${schema};
    create table if not exists stock (
      concert_id uuid primary key, capacity integer not null, remaining integer not null
    ) with (fillfactor = 50);
    create table if not exists purchases (
      purchase_id uuid primary key,
      concert_id uuid not null,
      customer_id text not null,
      idempotency_key text not null,
      ticket_number integer not null,
      purchased_at timestamptz not null default now(),
      unique (concert_id, customer_id),
      unique (concert_id, idempotency_key)
    )`);
  return {
    pool,
    schedule: async (concertId: string, capacity: number): Promise<void> => {
      await pool.query('insert into stock values ($1, $2, $2)', [concertId, capacity]);
    },
    sold: async (concertId: string): Promise<readonly PeerSale[]> => {
      const { rows } = await pool.query<PeerSale>(
        `select idempotency_key as key, customer_id as "customerId", purchase_id as "purchaseId",
          ticket_number as "ticketNumber" from purchases where concert_id = $1`,
        [concertId],
      );
      return rows;
    },
    close: () => pool.end(),
  };
}

export type PeerTables = Awaited<ReturnType<typeof openPeerTables>>;
