import { sql } from 'kysely';
import type { ConcertScheduled, TicketEvent } from '../../domain/events/events.js';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ConcertTotals } from './expected/concert-totals.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** One row per concert: its terms, and how much of it is sold and held. */
export const concerts: Projection = {
  name: 'concerts',
  version: 3,
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
      hold_seconds integer,
      waiting_list boolean not null,
      offer_seconds integer,
      scheduled_at timestamptz(3) not null,
      status text not null,
      sold integer not null,
      vip_sold integer not null,
      held integer not null,
      vip_held integer not null,
      revision bigint not null
    ) with (fillfactor = 50)`,
  ],
  audited: {
    columns: [
      ...same('concert_id', 'name', 'capacity', 'vip_seats', 'tickets_per_customer'),
      ...times('sales_open_at', 'sales_close_at', 'starts_at', 'scheduled_at'),
      ...same('purchase_mode', 'hold_seconds', 'waiting_list', 'offer_seconds'),
      ...same('status', 'sold', 'vip_sold', 'held', 'vip_held', 'revision'),
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
        hold_seconds = case when d.has_terms then d.hold_seconds else c.hold_seconds end,
        waiting_list = case when d.has_terms then d.waiting_list else c.waiting_list end,
        offer_seconds = case when d.has_terms then d.offer_seconds else c.offer_seconds end,
        sold = c.sold + d.sold,
        vip_sold = c.vip_sold + d.vip_sold,
        held = c.held + d.held,
        vip_held = c.vip_held + d.vip_held,
        revision = d.revision
      from ${rows('d', changeColumns, changes.values())}
      where c.concert_id = d.concert_id`;
    if (scheduled.size === 0) return [update];
    const insert = sql`
      insert into concerts
      select concert_id, name, capacity, vip_seats, tickets_per_customer, sales_open_at, sales_close_at, starts_at,
        purchase_mode, hold_seconds, waiting_list, offer_seconds, scheduled_at, 'scheduled', 0, 0, 0, 0, 0
      from ${rows('d', termColumns, [...scheduled].map(toTerms))}
      on conflict (concert_id) do update set
        name = excluded.name, capacity = excluded.capacity, vip_seats = excluded.vip_seats,
        tickets_per_customer = excluded.tickets_per_customer, sales_open_at = excluded.sales_open_at,
        sales_close_at = excluded.sales_close_at, starts_at = excluded.starts_at,
        purchase_mode = excluded.purchase_mode, hold_seconds = excluded.hold_seconds,
        waiting_list = excluded.waiting_list, offer_seconds = excluded.offer_seconds, scheduled_at = excluded.scheduled_at, status = excluded.status`;
    return [insert, update];
  },
};

const changeColumns =
  'concert_id text, capacity integer, status text, has_terms boolean, hold_seconds integer, waiting_list boolean, ' +
  'offer_seconds integer, sold integer, vip_sold integer, held integer, vip_held integer, revision bigint';

const termColumns =
  'concert_id text, name text, capacity integer, vip_seats integer, tickets_per_customer integer, ' +
  'sales_open_at timestamptz, sales_close_at timestamptz, starts_at timestamptz, purchase_mode text, ' +
  'hold_seconds integer, waiting_list boolean, offer_seconds integer, scheduled_at timestamptz';

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
  hold_seconds: data.holdSeconds ?? null,
  waiting_list: data.waitingList ?? false,
  offer_seconds: data.offerSeconds ?? null,
  scheduled_at: data.scheduledAt,
});

/** The change of one concert by a batch, folded into one row. Null where the batch changes nothing. */
interface ConcertChange {
  readonly concert_id: string;
  capacity: number | null;
  status: 'closed' | 'cancelled' | null;
  /** Whether the terms of holds are those that follow. */
  has_terms: boolean;
  hold_seconds: number | null;
  waiting_list: boolean;
  offer_seconds: number | null;
  sold: number;
  vip_sold: number;
  held: number;
  vip_held: number;
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
      change = nothingChanged(concertId);
      changes.set(concertId, change);
    }
    change.revision = `${revision}`;
    change.sold += effect.sold;
    change.vip_sold += effect.vipSold;
    change.held += effect.held;
    change.vip_held += effect.vipHeld;
    switch (event.type) {
      case 'ConcertScheduled':
        scheduled.set(concertId, event.data);
        change.capacity = null;
        change.status = null;
        change.has_terms = false;
        break;
      case 'CapacityChanged':
        change.capacity = event.data.capacity;
        break;
      case 'HoldTermsChanged':
        change.has_terms = true;
        change.hold_seconds = event.data.holdSeconds;
        change.waiting_list = event.data.waitingList;
        change.offer_seconds = event.data.offerSeconds;
        break;
      case 'SalesClosed':
        change.status = 'closed';
        break;
      case 'ConcertCancelled':
        change.status = 'cancelled';
        break;
      default:
        event satisfies TicketEvent; // Its effect says all.
    }
  }
  return { scheduled, changes };
}

const nothingChanged = (concertId: string): ConcertChange => ({
  ...{ concert_id: concertId, capacity: null, status: null },
  ...{ has_terms: false, hold_seconds: null, waiting_list: false, offer_seconds: null },
  ...{ sold: 0, vip_sold: 0, held: 0, vip_held: 0, revision: '' },
});
