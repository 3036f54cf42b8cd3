import { sql } from 'kysely';
import { rows } from '../../postgres/rows.js';
import type { ProjectedEvent, Projection, Statement } from './projection.js';

/** One row per ticket ever sold, live or released. */
export const tickets: Projection = {
  name: 'tickets',
  version: 1,
  tables: ['tickets'],
  createTables: [
    sql`create table tickets (
      concert_id text collate "C",
      revision bigint,
      number integer not null,
      seat text,
      customer_id text not null,
      purchase_id text collate "C" not null,
      reserved_at timestamptz(3) not null,
      released_at timestamptz(3),
      primary key (concert_id, revision)
    ) with (fillfactor = 90)`,
    sql`create index on tickets (concert_id, number)`,
  ],
  createReadIndexes: [],
  apply(events) {
    const { sold, seats, released } = foldTickets(events);
    const statements: Statement[] = [];
    if (sold.length > 0) statements.push(insertSold(sold));
    if (seats.length > 0) statements.push(assignSeats(seats));
    if (released.length > 0) statements.push(release(released));
    return statements;
  },
};

interface NewTicket {
  readonly concert_id: string;
  readonly revision: string;
  readonly number: number;
  seat: string | null;
  readonly customer_id: string;
  readonly purchase_id: string;
  readonly reserved_at: string;
}

/** A seat for the ticket sold right before `revision`. */
interface SeatGiven {
  readonly concert_id: string;
  readonly revision: string;
  readonly number: number;
  readonly seat: string;
}

/** A ticket of a purchase, sold before `revision`, came back. */
interface Released {
  readonly concert_id: string;
  readonly purchase_id: string;
  readonly number: number;
  readonly revision: string;
  readonly released_at: string;
}

function foldTickets(events: readonly ProjectedEvent[]) {
  const sold: NewTicket[] = [];
  const seats: SeatGiven[] = [];
  const released: Released[] = [];
  for (const { concertId: concert_id, revision: bigRevision, event } of events) {
    const revision = `${bigRevision}`;
    if (event.type === 'TicketReserved') {
      const { ticketNumber, customerId, purchaseId, decidedAt } = event.data;
      sold.push({
        concert_id,
        revision,
        number: ticketNumber,
        seat: null,
        customer_id: customerId,
        purchase_id: purchaseId,
        reserved_at: decidedAt,
      });
    } else if (event.type === 'VipAssigned') {
      const { ticketNumber: number, seat } = event.data;
      const ticket = sold.at(-1);
      // A seat follows its ticket at once; only where a batch ends between the two is the ticket in the table already.
      const follows = ticket?.concert_id === concert_id && ticket.revision === `${bigRevision - 1n}`;
      if (!follows) seats.push({ concert_id, revision, number, seat });
      else if (ticket.number === number) ticket.seat = seat;
    } else if (event.type === 'PurchaseCancelled') {
      const { purchaseId: purchase_id, ticketNumbers, cancelledAt: released_at } = event.data;
      for (const number of ticketNumbers) {
        released.push({ concert_id, purchase_id, number, revision, released_at });
      }
    }
  }
  return { sold, seats, released };
}

const insertSold = (sold: readonly NewTicket[]): Statement => sql`
  insert into tickets
  select concert_id, revision, number, seat, customer_id, purchase_id, reserved_at, null
  from ${rows(
    'd',
    'concert_id text, revision bigint, number integer, seat text, customer_id text, purchase_id text, ' +
      'reserved_at timestamptz',
    sold,
  )}`;

const assignSeats = (seats: readonly SeatGiven[]): Statement => sql`
  update tickets t set seat = d.seat
  from ${rows('d', 'concert_id text, revision bigint, number integer, seat text', seats)}
  where t.concert_id = d.concert_id and t.revision = d.revision - 1 and t.number = d.number`;

/**
 * Each ticket by the first cancellation behind its sale, should there be several. Tickets are looked up one by one, and updated
 * where they were found: left to itself, Postgres would rather read a whole table that has grown large unnoticed.
 */
const release = (released: readonly Released[]): Statement => sql`
  update tickets t set released_at = r.released_at
  from (
    select distinct on (l.place) l.place, d.released_at
    from ${rows(
      'd',
      'concert_id text, purchase_id text, number integer, revision bigint, released_at timestamptz',
      released,
    )}
    cross join lateral (
      select ctid as place from tickets
      where concert_id = d.concert_id and number = d.number and purchase_id = d.purchase_id
        and revision < d.revision and released_at is null
      offset 0
    ) l
    order by l.place, d.revision
  ) r
  where t.ctid = r.place`;
