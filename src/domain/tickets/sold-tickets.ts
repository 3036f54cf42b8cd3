import type { Concert, Purchase, Ticket } from '../concert.js';
import type { ConcertEvent } from '../events/events.js';
import { nextVipSeats, seatName } from './seats.js';

/** The request of a sale, as its events record it. */
export interface Sale {
  readonly purchaseId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly arrivedAt: string;
  readonly queueId?: string;
  /** Of a purchase that was held before. */
  readonly reference?: string;
}

/** The VIP seats that the next tickets get, lowest first; as many as there are. */
export const nextSeats = (concert: Concert, quantity: number): readonly string[] =>
  nextVipSeats(concert, quantity).map(seatName);

/** The next tickets to be sold, the first of them with these VIP seats. */
export const nextTickets = (
  { lastTicketNumber }: Concert,
  quantity: number,
  seats: readonly string[],
): readonly Ticket[] =>
  Array.from({ length: quantity }, (_, i) => ({ number: lastTicketNumber + 1 + i, seat: seats[i] ?? null }));

/** The events that sell these tickets. */
export const saleEvents = (
  { concertId }: Concert,
  sale: Sale,
  tickets: readonly Ticket[],
  decidedAt: string,
): readonly ConcertEvent[] => {
  const { purchaseId, customerId, idempotencyKey, arrivedAt, queueId } = sale;
  const events: ConcertEvent[] = [];
  for (const { number: ticketNumber, seat } of tickets) {
    // Literals without spread objects, which take several times as long to build.
    const ticket = { concertId, purchaseId, customerId, ticketNumber, idempotencyKey, arrivedAt, decidedAt };
    const data = queueId === undefined ? ticket : { ...ticket, queueId };
    events.push({ type: 'TicketReserved', data });
    if (seat === null) continue;
    events.push({ type: 'VipAssigned', data: { concertId, purchaseId, customerId, ticketNumber, seat } });
  }
  return events;
};

/** The purchase that these tickets make, the last event of which has that revision. */
export function purchaseOf(sale: Sale, tickets: readonly Ticket[], revision: bigint): Purchase {
  const { purchaseId, customerId, idempotencyKey, reference } = sale;
  const purchase: Purchase = {
    purchaseId,
    customerId,
    idempotencyKey,
    tickets,
    status: 'live',
    revision,
    lastRevision: revision,
  };
  return reference === undefined ? purchase : { ...purchase, reference };
}
