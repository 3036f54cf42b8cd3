import { sql } from 'kysely';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ExpectedPurchases } from './expected/purchases.js';
import type { ProjectedEvent, Projection, Statement } from './projection.js';

/** One row per purchase, with the tickets it bought. */
export const purchases: Projection = {
  name: 'purchases',
  version: 2,
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
  ],
  audited: {
    columns: [
      ...same('purchase_id', 'customer_id', 'idempotency_key', 'ticket_numbers', 'seats'),
      ...times('arrived_at', 'purchased_at', 'cancelled_at'),
      ...same('revision'),
    ],
    expected: () => new ExpectedPurchases(),
  },
  createReadIndexes: [
    sql`create index if not exists purchases_by_customer
      on purchases (customer_id, purchased_at, concert_id, purchase_id)`,
  ],
  apply(events) {
    const { boughtAgain, bought, changed } = foldPurchases(events);
    const statements: Statement[] = [];
    if (boughtAgain.length > 0) statements.push(beginAnew(boughtAgain));
    if (bought.length > 0) statements.push(upsertBought(bought));
    if (changed.length > 0) statements.push(updateChanged(changed));
    return statements;
  },
};

/** The changes of one purchase by a batch. Without ticket numbers, its tickets were sold in earlier batches. */
interface PurchaseChange {
  readonly concert_id: string;
  readonly purchase_id: string;
  customer_id: string;
  idempotency_key: string;
  ticket_numbers: number[];
  seats: Record<string, string>;
  arrived_at: string | null;
  purchased_at: string | null;
  cancelled_at: string | null;
  /** Cancelled and sold again within the batch: the tickets sold before are no longer its own. */
  again: boolean;
  /** Null when no ticket was sold. */
  revision: string | null;
}

function foldPurchases(events: readonly ProjectedEvent[]) {
  const byPurchase = new Map<string, PurchaseChange>();
  for (const { concertId, revision, event, effect } of events) {
    if (!('purchaseId' in event.data)) continue;
    const change = changeOf(byPurchase, concertId, event.data);
    if (event.type === 'TicketReserved') {
      const { customerId, idempotencyKey, ticketNumber, arrivedAt, decidedAt } = event.data;
      if (change.cancelled_at !== null) {
        change.again = true;
        change.ticket_numbers = [];
        change.seats = {};
      }
      change.customer_id = customerId;
      change.idempotency_key = idempotencyKey;
      change.ticket_numbers.push(ticketNumber);
      change.arrived_at ??= arrivedAt;
      change.purchased_at ??= decidedAt;
      change.cancelled_at = null;
      change.revision = `${revision}`;
    } else if (event.type === 'VipAssigned' && effect.seated !== null) {
      change.seats[event.data.ticketNumber] = event.data.seat;
      change.revision = `${revision}`;
    } else if (event.type === 'PurchaseCancelled' && effect.released.length > 0) {
      change.cancelled_at = event.data.cancelledAt;
    }
  }
  const all = [...byPurchase.values()];
  return {
    boughtAgain: all.filter(({ again }) => again),
    bought: all.filter(({ ticket_numbers }) => ticket_numbers.length > 0),
    changed: all.filter(({ ticket_numbers }) => ticket_numbers.length === 0),
  };
}

function changeOf(
  byPurchase: Map<string, PurchaseChange>,
  concertId: string,
  { purchaseId, customerId }: { readonly purchaseId: string; readonly customerId: string },
): PurchaseChange {
  const key = `${concertId}/${purchaseId}`;
  const known = byPurchase.get(key);
  if (known !== undefined) return known;
  const change: PurchaseChange = {
    concert_id: concertId,
    purchase_id: purchaseId,
    customer_id: customerId,
    idempotency_key: '',
    ticket_numbers: [],
    seats: {},
    arrived_at: null,
    purchased_at: null,
    cancelled_at: null,
    again: false,
    revision: null,
  };
  byPurchase.set(key, change);
  return change;
}

const changeColumns =
  'concert_id text, purchase_id text, seats jsonb, cancelled_at timestamptz, revision bigint';

const beginAnew = (boughtAgain: readonly PurchaseChange[]): Statement => sql`
  update purchases p set ticket_numbers = '{}', seats = '{}'
  from ${rows('d', 'concert_id text, purchase_id text', boughtAgain)}
  where p.concert_id = d.concert_id and p.purchase_id = d.purchase_id`;

/** A purchase that was cancelled and is sold again starts over. */
const upsertBought = (bought: readonly PurchaseChange[]): Statement => sql`
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
    ticket_numbers = case when p.cancelled_at is null then p.ticket_numbers else '{}' end || excluded.ticket_numbers,
    seats = case when p.cancelled_at is null then p.seats else '{}' end || excluded.seats,
    cancelled_at = excluded.cancelled_at, revision = excluded.revision`;

const updateChanged = (changed: readonly PurchaseChange[]): Statement => sql`
  update purchases p set
    seats = p.seats || d.seats, cancelled_at = coalesce(d.cancelled_at, p.cancelled_at),
    revision = coalesce(d.revision, p.revision)
  from ${rows('d', changeColumns, changed)}
  where p.concert_id = d.concert_id and p.purchase_id = d.purchase_id`;
