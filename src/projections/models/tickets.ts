import { sql } from 'kysely';
import { rows } from '../../postgres/rows.js';
import { same, times } from './audited.js';
import { ExpectedTickets } from './expected/tickets.js';
import type { ProjectedEvent, Projection, Statement } from './projection.js';

/** One row per ticket ever sold, live or released. */
export const tickets: Projection = {
  name: 'tickets',
  version: 2,
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
  audited: {
    columns: [
      ...same('revision', 'number', 'seat', 'customer_id', 'purchase_id'),
      ...times('reserved_at', 'released_at'),
    ],
    expected: () => new ExpectedTickets(),
  },
  createReadIndexes: [],
  apply(events) {
    const { sold, seats, released } = foldTickets(events);
    const statements: Statement[] = [];
    if (sold.length > 0) statements.push(insertSold(sold));
    if (seats.size > 0) statements.push(assignSeats(seats.values()));
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

/** A seat for the ticket that was sold at `revision`. */
interface SeatGiven {
  readonly concert_id: string;
  readonly revision: string;
  readonly seat: string;
}

/** Releases the ticket that was sold at `revision`. */
interface Released {
  readonly concert_id: string;
  readonly revision: string;
  readonly released_at: string;
}

function foldTickets(events: readonly ProjectedEvent[]) {
  const sold: NewTicket[] = [];
  const seats = new Map<string, SeatGiven>();
  const released: Released[] = [];
  for (const { concertId: concert_id, revision, event, effect } of events) {
    if (event.type === 'TicketReserved') {
      const { ticketNumber, customerId, purchaseId, decidedAt } = event.data;
      sold.push({
        concert_id,
        revision: `${revision}`,
        number: ticketNumber,
        seat: null,
        customer_id: customerId,
        purchase_id: purchaseId,
        reserved_at: decidedAt,
      });
    } else if (event.type === 'VipAssigned' && effect.seated !== null) {
      const ticket = sold.at(-1);
      const sale = `${effect.seated}`;
      // A seat follows its ticket at once; the ticket is in the table already only where a batch ends between the two.
      if (ticket?.concert_id === concert_id && ticket.revision === sale) ticket.seat = event.data.seat;
      else seats.set(`${concert_id}@${sale}`, { concert_id, revision: sale, seat: event.data.seat });
    } else if (event.type === 'PurchaseCancelled') {
      const { cancelledAt: released_at } = event.data;
      for (const ticket of effect.released) {
        released.push({ concert_id, revision: `${ticket.revision}`, released_at });
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

const assignSeats = (seats: Iterable<SeatGiven>): Statement => sql`
  update tickets t set seat = d.seat
  from ${rows('d', 'concert_id text, revision bigint, seat text', seats)}
  where t.concert_id = d.concert_id and t.revision = d.revision`;

const release = (released: readonly Released[]): Statement => sql`
  update tickets t set released_at = d.released_at
  from ${rows('d', 'concert_id text, revision bigint, released_at timestamptz', released)}
  where t.concert_id = d.concert_id and t.revision = d.revision`;
