import type pg from 'pg';
import type { PeerSale } from './storage.js';

export interface PendingSale extends PeerSale {
  readonly concertId: string;
}

/** Inserts all sales in one statement, except those that are stored already. Resolves with the number of new ones. */
export async function insertSales(
  pool: pg.Pool | pg.PoolClient,
  sales: readonly PendingSale[],
): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'insert-sales',
    text: `insert into purchases (purchase_id, concert_id, customer_id, idempotency_key, ticket_number)
      select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[])
      on conflict do nothing`,
    values: [
      sales.map(({ purchaseId }) => purchaseId),
      sales.map(({ concertId }) => concertId),
      sales.map(({ customerId }) => customerId),
      sales.map(({ key }) => key),
      sales.map(({ ticketNumber }) => ticketNumber),
    ],
  });
  return rowCount ?? 0;
}
