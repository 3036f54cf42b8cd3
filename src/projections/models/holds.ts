import { sql } from 'kysely';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ExpectedHolds } from './expected/holds.js';
import { type Expiry, expiredHolds } from './expired-holds.js';
import { foldHolds, type HoldChange } from './hold-changes.js';
import type { Projection, Statement } from './projection.js';

/** One row per hold, and how it ended. */
export const holds: Projection = {
  name: 'holds',
  version: 1,
  tables: ['holds'],
  createTables: [
    sql`create table holds (
      concert_id text collate "C",
      hold_id text collate "C",
      customer_id text collate "C" not null,
      idempotency_key text not null,
      quantity integer not null,
      seats jsonb not null,
      reason text not null,
      status text not null,
      arrived_at timestamptz(3) not null,
      held_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      extensions integer not null,
      ended_at timestamptz(3),
      reference text,
      late boolean not null,
      revision bigint not null,
      primary key (concert_id, hold_id)
    ) with (fillfactor = 90)`,
  ],
  audited: {
    columns: [
      ...same('hold_id', 'customer_id', 'idempotency_key', 'quantity', 'seats', 'reason', 'status'),
      ...times('arrived_at', 'held_at', 'expires_at', 'ended_at'),
      ...same('extensions', 'reference', 'late', 'revision'),
    ],
    expected: () => new ExpectedHolds(),
  },
  createReadIndexes: [
    sql`create index if not exists open_holds_by_expiry
      on holds (concert_id, expires_at, hold_id) where status = 'open'`,
    sql`create index if not exists open_holds_by_time on holds (expires_at, concert_id) where status = 'open'`,
    sql`create index if not exists holds_by_customer on holds (customer_id, held_at, concert_id, hold_id)`,
  ],
  apply(events) {
    const { expiries, changes } = foldHolds(events);
    const opened = changes.flatMap(toRow);
    const changed = changes.filter(({ held }) => held === null);
    return [
      ...(expiries.length === 0 ? [] : [expire(expiries)]),
      ...(opened.length === 0 ? [] : [upsert(opened)]),
      ...(changed.length === 0 ? [] : [update(changed)]),
    ];
  },
};

function toRow(change: HoldChange) {
  const { held } = change;
  if (held === null) return [];
  return [
    {
      concert_id: change.concert_id,
      hold_id: change.hold_id,
      customer_id: held.customerId,
      idempotency_key: held.idempotencyKey,
      quantity: held.quantity,
      seats: JSON.stringify(held.seats),
      reason: held.reason,
      status: change.end ?? 'open',
      arrived_at: held.arrivedAt,
      held_at: held.decidedAt,
      expires_at: change.expires_at ?? held.expiresAt,
      extensions: change.extensions,
      ended_at: change.ended_at,
      reference: change.reference,
      late: change.late,
      revision: change.revision,
    },
  ];
}

/** By `case`, Postgres looks each hold up by its key: in an index of the open holds it would read those of the whole concert. */
const expire = (expiries: readonly Expiry[]): Statement => sql`
  update holds h set status = 'expired', ended_at = d.ended_at, revision = d.revision
  from ${expiredHolds('d', expiries)}
  where h.concert_id = d.concert_id and h.hold_id = d.hold_id and case when h.status = 'open' then true end`;

const upsert = (opened: readonly object[]): Statement => sql`
  insert into holds
  select concert_id, hold_id, customer_id, idempotency_key, quantity, seats, reason, status, arrived_at, held_at,
    expires_at, extensions, ended_at, reference, late, revision
  from ${rows(
    'd',
    'concert_id text, hold_id text, customer_id text, idempotency_key text, quantity integer, seats jsonb, reason text, ' +
      'status text, arrived_at timestamptz, held_at timestamptz, expires_at timestamptz, extensions integer, ' +
      'ended_at timestamptz, reference text, late boolean, revision bigint',
    opened,
  )}
  on conflict (concert_id, hold_id) do update set
    customer_id = excluded.customer_id, idempotency_key = excluded.idempotency_key, quantity = excluded.quantity,
    seats = excluded.seats, reason = excluded.reason, status = excluded.status, arrived_at = excluded.arrived_at,
    held_at = excluded.held_at, expires_at = excluded.expires_at, extensions = excluded.extensions,
    ended_at = excluded.ended_at, reference = excluded.reference, late = excluded.late, revision = excluded.revision`;

const update = (changed: readonly HoldChange[]): Statement => sql`
  update holds h set
    expires_at = case when h.status = 'open' then coalesce(d.expires_at, h.expires_at) else h.expires_at end,
    extensions = case when h.status = 'open' then h.extensions + d.extensions else h.extensions end,
    status = coalesce(d.end, h.status),
    ended_at = coalesce(d.ended_at, h.ended_at),
    reference = coalesce(d.reference, h.reference),
    late = d.late or (d.reference is null and h.late),
    revision = d.revision
  from ${rows(
    'd',
    'concert_id text, hold_id text, expires_at timestamptz, extensions integer, end text, ended_at timestamptz, ' +
      'reference text, late boolean, revision bigint',
    changed,
  )}
  where h.concert_id = d.concert_id and h.hold_id = d.hold_id and (h.status = 'open' or d.end = 'confirmed')
    and d.revision is not null`;
