import { type Concert, type Purchase, remaining, type Ticket } from './concert.js';
import type { Decision } from './decision.js';
import type { ConcertEvent } from './events/events.js';
import { nextVipSeats, seatName } from './seats.js';

export interface PurchaseTickets {
  /** Derived from concert and idempotency key, so that a repeat has the same id. */
  readonly purchaseId: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly idempotencyKey: string;
  /** ISO 8601. The sales window is checked against the arrival: a wait in a queue never costs a buyer the purchase. */
  readonly arrivedAt: string;
  readonly queueId?: string;
}

export type PurchaseRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'concert-cancelled' }
  | { readonly reason: 'sales-closed' }
  | { readonly reason: 'not-on-sale-yet'; readonly salesOpenAt: string }
  | { readonly reason: 'sold-out' }
  | { readonly reason: 'not-enough-left'; readonly remaining: number }
  | { readonly reason: 'limit-reached'; readonly limit: number; readonly held: number }
  | { readonly reason: 'key-reused' };

export type PurchaseResult =
  | { readonly kind: 'accepted'; readonly purchase: Purchase }
  /** The same key bought before; `purchase` is what it bought. */
  | { readonly kind: 'replayed'; readonly purchase: Purchase }
  | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal };

/**
 * Decides a purchase, all or nothing: it sells every requested ticket or none. A refusal appends nothing and uses no key up.
 * @param recalled the purchase with this id, read from the log because the state `mayHaveForgotten` it
 */
export function purchaseTickets(
  command: PurchaseTickets,
  concert: Concert,
  now: string,
  recalled?: Purchase,
): Decision<PurchaseResult> {
  const earlier = concert.purchases.get(command.purchaseId) ?? recalled;
  if (earlier !== undefined) {
    return isSameRequest(earlier, command)
      ? [{ kind: 'replayed', purchase: earlier }, []]
      : [{ kind: 'refused', refusal: { reason: 'key-reused' } }, []];
  }
  const refusal = refusalOf(command, concert);
  if (refusal !== undefined) return [{ kind: 'refused', refusal }, []];

  const tickets = allocateTickets(concert, command.quantity);
  const events = tickets.flatMap((ticket) => sold(command, concert.concertId, ticket, now));
  const { purchaseId, customerId, idempotencyKey } = command;
  const revision = concert.revision + BigInt(events.length);
  const purchase: Purchase = {
    ...{ purchaseId, customerId, idempotencyKey, tickets },
    ...{ status: 'live', revision, lastRevision: revision },
  };
  return [{ kind: 'accepted', purchase }, events];
}

/** Whether `purchaseTickets` would sell, without computing its events. */
export const wouldSell = (command: PurchaseTickets, concert: Concert): boolean =>
  refusalOf(command, concert) === undefined && !concert.purchases.has(command.purchaseId);

const isSameRequest = (purchase: Purchase, { customerId, quantity }: PurchaseTickets): boolean =>
  purchase.customerId === customerId && purchase.tickets.length === quantity;

function refusalOf(command: PurchaseTickets, concert: Concert): PurchaseRefusal | undefined {
  if (concert.status === 'unknown') return { reason: 'unknown-concert' };
  if (concert.status === 'cancelled') return { reason: 'concert-cancelled' };
  if (concert.status === 'closed') return { reason: 'sales-closed' };
  const { salesOpenAt, salesCloseAt, ticketsPerCustomer: limit } = concert;
  if (salesOpenAt !== null && isBefore(command.arrivedAt, salesOpenAt)) {
    return { reason: 'not-on-sale-yet', salesOpenAt };
  }
  if (salesCloseAt !== null && !isBefore(command.arrivedAt, salesCloseAt)) return { reason: 'sales-closed' };
  const left = remaining(concert);
  if (left <= 0) return { reason: 'sold-out' };
  const held = concert.holdings.get(command.customerId) ?? 0;
  if (held + command.quantity > limit) return { reason: 'limit-reached', limit, held };
  if (left < command.quantity) return { reason: 'not-enough-left', remaining: left };
  return undefined;
}

const isBefore = (time: string, other: string): boolean => Date.parse(time) < Date.parse(other);

function allocateTickets(concert: Concert, quantity: number): readonly Ticket[] {
  const seats = nextVipSeats(concert, quantity);
  return Array.from({ length: quantity }, (_, i) => {
    const seat = seats[i];
    return { number: concert.lastTicketNumber + 1 + i, seat: seat === undefined ? null : seatName(seat) };
  });
}

function sold(
  command: PurchaseTickets,
  concertId: string,
  { number: ticketNumber, seat }: Ticket,
  decidedAt: string,
): ConcertEvent[] {
  const { purchaseId, customerId, idempotencyKey, arrivedAt, queueId } = command;
  const reserved: ConcertEvent = {
    type: 'TicketReserved',
    data: {
      concertId,
      purchaseId,
      customerId,
      ticketNumber,
      idempotencyKey,
      arrivedAt,
      ...(queueId === undefined ? {} : { queueId }),
      decidedAt,
    },
  };
  if (seat === null) return [reserved];
  return [reserved, { type: 'VipAssigned', data: { concertId, purchaseId, customerId, ticketNumber, seat } }];
}
