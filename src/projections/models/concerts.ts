import { sql } from 'kysely';
import type { ConcertScheduled } from '../../domain/events/events.js';
import type { HoldEvent } from '../../domain/events/hold-events.js';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ConcertTotals } from './expected/concert-totals.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** One row per concert: its terms, and how much of it is sold. */
export const concerts: Projection = {
  name: 'concerts',
  version: 2,
  tables: ['concerts'],
  // Every batch updates the rows of the concerts on sale: free space on the page keeps the new version next to the old.
  createTables: [
    sql`create table concerts (
      concert_id text collate "C" primary key,
      name text not null,
      capacity integer not null,
      vip_seats integer not null,
      tickets_per_customer integer not null,
      sales_open_at timestamptz(3),
      sales_close_at timestamptz(3),
      starts_at timestamptz(3),
      purchase_mode text,
      scheduled_at timestamptz(3) not null,
      status text not null,
      sold integer not null,
      vip_sold integer not null,
      revision bigint not null
    ) with (fillfactor = 50)`,
  ],
  audited: {
    columns: [
      ...same('concert_id', 'name', 'capacity', 'vip_seats', 'tickets_per_customer'),
      ...times('sales_open_at', 'sales_close_at', 'starts_at', 'scheduled_at'),
      ...same('purchase_mode', 'status', 'sold', 'vip_sold', 'revision'),
    ],
    expected: (concertId) => new ConcertTotals('concerts', concertId),
  },
  createReadIndexes: [
    sql`create index if not exists concerts_by_schedule on concerts (scheduled_at, concert_id)`,
  ],
  apply(events) {
    const { scheduled, changes } = concertChanges(events);
    const update = sql`
      update concerts c set
        capacity = coalesce(d.capacity, c.capacity),
        status = coalesce(d.status, c.status),
        sold = c.sold + d.sold,
        vip_sold = c.vip_sold + d.vip_sold,
        revision = d.revision
      from ${rows('d', changeColumns, changes.values())}
      where c.concert_id = d.concert_id`;
    if (scheduled.size === 0) return [update];
    const insert = sql`
      insert into concerts
      select concert_id, name, capacity, vip_seats, tickets_per_customer, sales_open_at, sales_close_at, starts_at,
        purchase_mode, scheduled_at, 'scheduled', 0, 0, 0
      from ${rows('d', termColumns, [...scheduled].map(toTerms))}
      on conflict (concert_id) do update set
        name = excluded.name, capacity = excluded.capacity, vip_seats = excluded.vip_seats,
        tickets_per_customer = excluded.tickets_per_customer, sales_open_at = excluded.sales_open_at,
        sales_close_at = excluded.sales_close_at, starts_at = excluded.starts_at,
        purchase_mode = excluded.purchase_mode, scheduled_at = excluded.scheduled_at, status = excluded.status`;
    return [insert, update];
  },
};

const changeColumns =
  'concert_id text, capacity integer, status text, sold integer, vip_sold integer, revision bigint';

const termColumns =
  'concert_id text, name text, capacity integer, vip_seats integer, tickets_per_customer integer, ' +
  'sales_open_at timestamptz, sales_close_at timestamptz, starts_at timestamptz, purchase_mode text, ' +
  'scheduled_at timestamptz';

const toTerms = ([concertId, data]: readonly [string, ConcertScheduled['data']]) => ({
  concert_id: concertId,
  name: data.name,
  capacity: data.capacity,
  vip_seats: data.vipSeats,
  tickets_per_customer: data.ticketsPerCustomer,
  sales_open_at: data.salesOpenAt,
  sales_close_at: data.salesCloseAt,
  starts_at: data.startsAt,
  purchase_mode: data.purchaseMode,
  scheduled_at: data.scheduledAt,
});

/** The change of one concert by a batch, folded into one row. Null where the batch changes nothing. */
interface ConcertChange {
  readonly concert_id: string;
  capacity: number | null;
  status: 'closed' | 'cancelled' | null;
  sold: number;
  vip_sold: number;
  revision: string;
}

interface ConcertChanges {
  /** Concerts that are new in this batch, by id. */
  readonly scheduled: ReadonlyMap<string, ConcertScheduled['data']>;
  readonly changes: ReadonlyMap<string, ConcertChange>;
}

/** Folds a batch into at most two rows per concert. */
export function concertChanges(events: readonly ProjectedEvent[]): ConcertChanges {
  const scheduled = new Map<string, ConcertScheduled['data']>();
  const changes = new Map<string, ConcertChange>();
  for (const { concertId, revision, event, effect } of events) {
    let change = changes.get(concertId);
    if (change === undefined) {
      change = { concert_id: concertId, capacity: null, status: null, sold: 0, vip_sold: 0, revision: '' };
      changes.set(concertId, change);
    }
    change.revision = `${revision}`;
    switch (event.type) {
      case 'ConcertScheduled':
        scheduled.set(concertId, event.data);
        change.capacity = null;
        change.status = null;
        break;
      case 'CapacityChanged':
        change.capacity = event.data.capacity;
        break;
      case 'TicketReserved':
        change.sold += 1;
        break;
      case 'VipAssigned':
        if (effect.seated !== null) change.vip_sold += 1;
        break;
      case 'PurchaseCancelled':
        change.sold -= effect.released.length;
        change.vip_sold -= effect.released.filter(({ vip }) => vip).length;
        break;
      case 'SalesClosed':
        change.status = 'closed';
        break;
      case 'ConcertCancelled':
        change.status = 'cancelled';
        break;
      default:
        event satisfies HoldEvent; // A hold is no sale yet.
    }
  }
  return { scheduled, changes };
}
