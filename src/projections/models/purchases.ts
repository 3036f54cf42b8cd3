import { sql } from 'kysely';
import type { TicketReserved } from '../../domain/events.js';
import type { ProjectedEvent, Projection, Statement } from '../projection.js';
import { rows } from '../rows.js';

/** One row per purchase, with the tickets it bought. */
export const purchases: Projection = {
  name: 'purchases',
  version: 1,
  tables: ['purchases'],
  createTables: [
    sql`create table purchases (
      concert_id text collate "C",
      purchase_id text collate "C",
      customer_id text collate "C" not null,
      idempotency_key text not null,
      ticket_numbers integer[] not null,
      seats jsonb not null,
      arrived_at timestamptz(3) not null,
      purchased_at timestamptz(3) not null,
      cancelled_at timestamptz(3),
      revision bigint not null,
      primary key (concert_id, purchase_id)
    ) with (fillfactor = 90)`,
    sql`create index on purchases (customer_id, purchased_at, concert_id, purchase_id)`,
  ],
  apply(events) {
    const { bought, changed } = foldPurchases(events);
    const statements: Statement[] = [];
    if (bought.length > 0) statements.push(upsertBought(bought));
    if (changed.length > 0) statements.push(updateChanged(changed));
    return statements;
  },
};

/** What a batch says of one purchase. `bought` is null where its tickets were sold in earlier batches. */
interface PurchaseChange {
  readonly concert_id: string;
  readonly purchase_id: string;
  bought: Bought | null;
  readonly seats: Record<string, string>;
  cancelled_at: string | null;
  /** Null when nothing was sold. */
  revision: bigint | null;
}

interface Bought {
  readonly customer_id: string;
  readonly idempotency_key: string;
  readonly ticket_numbers: readonly number[];
  readonly arrived_at: string;
  readonly purchased_at: string;
}

function foldPurchases(events: readonly ProjectedEvent[]) {
  const byPurchase = new Map<string, PurchaseChange>();
  for (const { concertId, revision, event } of events) {
    if (!('purchaseId' in event.data)) continue;
    const { purchaseId } = event.data;
    const key = `${concertId}/${purchaseId}`;
    let change = byPurchase.get(key);
    if (change === undefined) {
      change = {
        concert_id: concertId,
        purchase_id: purchaseId,
        bought: null,
        seats: {},
        cancelled_at: null,
        revision: null,
      };
      byPurchase.set(key, change);
    }
    if (event.type === 'TicketReserved') {
      change.bought = withTicket(change.bought, event.data);
      change.cancelled_at = null;
      change.revision = revision;
    } else if (event.type === 'VipAssigned') {
      change.seats[event.data.ticketNumber] = event.data.seat;
      change.revision = revision;
    } else if (event.type === 'PurchaseCancelled') {
      change.cancelled_at ??= event.data.cancelledAt;
    }
  }
  const all = [...byPurchase.values()];
  return {
    bought: all.flatMap(({ bought, ...change }) => (bought === null ? [] : [{ ...change, ...bought }])),
    changed: all.filter(({ bought }) => bought === null),
  };
}

function withTicket(bought: Bought | null, data: TicketReserved['data']): Bought {
  return {
    customer_id: data.customerId,
    idempotency_key: data.idempotencyKey,
    ticket_numbers: [...(bought?.ticket_numbers ?? []), data.ticketNumber],
    arrived_at: bought?.arrived_at ?? data.arrivedAt,
    purchased_at: bought?.purchased_at ?? data.decidedAt,
  };
}

const changeColumns =
  'concert_id text, purchase_id text, seats jsonb, cancelled_at timestamptz, revision bigint';

const upsertBought = (bought: readonly object[]): Statement => sql`
  insert into purchases as p
  select concert_id, purchase_id, customer_id, idempotency_key, ticket_numbers, seats, arrived_at, purchased_at,
    cancelled_at, revision
  from ${rows(
    'd',
    `${changeColumns}, customer_id text, idempotency_key text, ticket_numbers integer[], ` +
      'arrived_at timestamptz, purchased_at timestamptz',
    bought,
  )}
  on conflict (concert_id, purchase_id) do update set
    customer_id = excluded.customer_id, idempotency_key = excluded.idempotency_key,
    ticket_numbers = p.ticket_numbers || excluded.ticket_numbers, seats = p.seats || excluded.seats,
    cancelled_at = excluded.cancelled_at, revision = excluded.revision`;

const updateChanged = (changed: readonly PurchaseChange[]): Statement => sql`
  update purchases p set
    seats = p.seats || d.seats, cancelled_at = coalesce(p.cancelled_at, d.cancelled_at),
    revision = coalesce(d.revision, p.revision)
  from ${rows('d', changeColumns, changed)}
  where p.concert_id = d.concert_id and p.purchase_id = d.purchase_id`;
