import { sql } from 'kysely';
import type { ProjectedEvent, Projection, Statement } from '../projection.js';
import { rows } from '../rows.js';

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

/** Says something about the tickets of a purchase with one of these numbers, sold before `revision`. */
interface Later {
  readonly concert_id: string;
  readonly purchase_id: string;
  readonly number: number;
  readonly revision: string;
}
type SeatGiven = Later & { readonly seat: string };
type Released = Later & { readonly released_at: string };

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
      const { purchaseId: purchase_id, ticketNumber: number, seat } = event.data;
      const ticket = sold.at(-1);
      // A seat follows its ticket at once; only where a batch ends between the two is the ticket in the table already.
      if (ticket?.purchase_id === purchase_id && ticket.number === number) ticket.seat = seat;
      else seats.push({ concert_id, purchase_id, number, revision, seat });
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

const laterColumns = 'concert_id text, purchase_id text, number integer, revision bigint';

const ofPurchaseBefore = sql`
  t.concert_id = d.concert_id and t.number = d.number and t.purchase_id = d.purchase_id and t.revision < d.revision`;

const assignSeats = (seats: readonly SeatGiven[]): Statement => sql`
  update tickets t set seat = d.seat from ${rows('d', `${laterColumns}, seat text`, seats)}
  where ${ofPurchaseBefore}`;

const release = (released: readonly Released[]): Statement => sql`
  update tickets t set released_at = d.released_at
  from ${rows('d', `${laterColumns}, released_at timestamptz`, released)}
  where ${ofPurchaseBefore} and t.released_at is null`;
