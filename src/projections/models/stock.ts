import { sql } from 'kysely';
import { rows } from '../../postgres/rows.js';
import type { StockRow } from '../../postgres/tables.js';
import { same } from './audited.js';
import { concertChanges } from './concerts.js';
import { ConcertTotals } from './expected/concert-totals.js';
import type { Projection } from './projection.js';

/**
 * The source of the Redis stock cache. A table of its own, though `concerts` holds the same figures: the cache must be right
 * while `concerts` is paused or rebuilt, and is repaired from here however much Redis has lost.
 */
export const stock: Projection = {
  name: 'stock',
  version: 3,
  tables: ['stock'],
  createTables: [
    sql`create table stock (
      concert_id text collate "C" primary key,
      capacity integer not null,
      sold integer not null,
      held integer not null,
      revision bigint not null
    ) with (fillfactor = 50)`,
  ],
  audited: {
    columns: same('concert_id', 'capacity', 'sold', 'held', 'revision'),
    expected: (concertId) => new ConcertTotals('stock', concertId),
  },
  createReadIndexes: [],
  apply(events) {
    const { scheduled, changes } = concertChanges(events);
    const update = sql`
      update stock s set
        capacity = coalesce(d.capacity, s.capacity), sold = s.sold + d.sold, held = s.held + d.held,
        revision = d.revision
      from ${rows('d', changeColumns, changes.values())}
      where s.concert_id = d.concert_id`;
    if (scheduled.size === 0) return [update];
    const terms = [...scheduled].map(([concertId, { capacity }]) => ({ concert_id: concertId, capacity }));
    const insert = sql`
      insert into stock
      select concert_id, capacity, 0, 0, 0 from ${rows('d', 'concert_id text, capacity integer', terms)}
      on conflict (concert_id) do update set capacity = excluded.capacity`;
    return [insert, update];
  },
};

const changeColumns = 'concert_id text, capacity integer, sold integer, held integer, revision bigint';

/** A row as the stock cache takes it. */
export const toStock = ({ concert_id, capacity, sold, held = 0, revision }: StockRow) =>
  [concert_id, { remaining: capacity - sold - held, held, revision }] as const;
