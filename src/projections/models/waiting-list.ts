import { sql } from 'kysely';
import type { WaitingListJoined } from '../../domain/events/hold-events.js';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ExpectedWaitingList } from './expected/waiting-list.js';
import type { ProjectedEvent, Projection, Statement } from './projection.js';

/** One row per place in the waiting list, and what became of it. An offer is a hold with the same id. */
export const waitingList: Projection = {
  name: 'waiting-list',
  version: 1,
  tables: ['waiting_list'],
  createTables: [
    sql`create table waiting_list (
      concert_id text collate "C",
      hold_id text collate "C",
      customer_id text collate "C" not null,
      idempotency_key text not null,
      quantity integer not null,
      status text not null,
      arrived_at timestamptz(3) not null,
      joined_at timestamptz(3) not null,
      joined_revision bigint not null,
      ended_at timestamptz(3),
      revision bigint not null,
      primary key (concert_id, hold_id)
    ) with (fillfactor = 90)`,
  ],
  audited: {
    columns: [
      ...same('hold_id', 'customer_id', 'idempotency_key', 'quantity', 'status'),
      ...times('arrived_at', 'joined_at', 'ended_at'),
      ...same('joined_revision', 'revision'),
    ],
    expected: () => new ExpectedWaitingList(),
  },
  createReadIndexes: [
    sql`create index if not exists waiting_list_by_joining
      on waiting_list (concert_id, joined_revision) where status = 'waiting'`,
    sql`create index if not exists waiting_list_by_customer on waiting_list (customer_id)`,
  ],
  apply(events) {
    const changes = foldPlaces(events);
    const joined = changes.flatMap(toRow);
    const changed = changes.filter((change) => change.joined === null);
    return [
      ...(joined.length === 0 ? [] : [upsert(joined)]),
      ...(changed.length === 0 ? [] : [update(changed)]),
    ];
  },
};

/** The change of one place by a batch. An offer applies whatever the place was, everything else only while it waits. */
interface PlaceChange {
  readonly concert_id: string;
  readonly hold_id: string;
  /** The event of this batch that began it, and its revision; null for a place of earlier batches. */
  readonly joined: WaitingListJoined['data'] | null;
  readonly joined_revision: string | null;
  end?: 'offered' | 'left' | 'limit-reached';
  ended_at: string | null;
  revision: string;
}

function foldPlaces(events: readonly ProjectedEvent[]): readonly PlaceChange[] {
  const changes = new Map<string, PlaceChange>();
  for (const { concertId: concert_id, revision: at, event } of events) {
    if (!('holdId' in event.data)) continue;
    const { holdId: hold_id } = event.data;
    const key = `${concert_id}/${hold_id}`;
    const revision = `${at}`;
    const ids = { concert_id, hold_id, joined: null, joined_revision: null };
    const change = changes.get(key) ?? ids;
    if (event.type === 'WaitingListJoined') {
      const joined = { ...ids, joined: event.data, joined_revision: revision };
      changes.set(key, { ...joined, ended_at: null, revision });
    } else if (event.type === 'TicketsHeld' && event.data.reason === 'offer') {
      changes.set(key, { ...change, end: 'offered', ended_at: event.data.decidedAt, revision });
    } else if (event.type === 'WaitingListLeft' && !('end' in change)) {
      const end = event.data.reason === 'request' ? 'left' : 'limit-reached';
      changes.set(key, { ...change, end, ended_at: event.data.decidedAt, revision });
    }
  }
  return [...changes.values()];
}

function toRow({ joined, end, ...change }: PlaceChange) {
  if (joined === null) return [];
  const { customerId, idempotencyKey, quantity, arrivedAt, decidedAt } = joined;
  return [
    {
      ...change,
      ...{ customer_id: customerId, idempotency_key: idempotencyKey, quantity, status: end ?? 'waiting' },
      ...{ arrived_at: arrivedAt, joined_at: decidedAt },
    },
  ];
}

const upsert = (joined: readonly object[]): Statement => sql`
  insert into waiting_list
  select concert_id, hold_id, customer_id, idempotency_key, quantity, status, arrived_at, joined_at, joined_revision,
    ended_at, revision
  from ${rows(
    'd',
    'concert_id text, hold_id text, customer_id text, idempotency_key text, quantity integer, status text, ' +
      'arrived_at timestamptz, joined_at timestamptz, joined_revision bigint, ended_at timestamptz, revision bigint',
    joined,
  )}
  on conflict (concert_id, hold_id) do update set
    customer_id = excluded.customer_id, idempotency_key = excluded.idempotency_key, quantity = excluded.quantity,
    status = excluded.status, arrived_at = excluded.arrived_at, joined_at = excluded.joined_at,
    joined_revision = excluded.joined_revision, ended_at = excluded.ended_at, revision = excluded.revision`;

const update = (changed: readonly PlaceChange[]): Statement => sql`
  update waiting_list w set status = d.end, ended_at = d.ended_at, revision = d.revision
  from ${rows('d', 'concert_id text, hold_id text, end text, ended_at timestamptz, revision bigint', changed)}
  where w.concert_id = d.concert_id and w.hold_id = d.hold_id and (w.status = 'waiting' or d.end = 'offered')`;
