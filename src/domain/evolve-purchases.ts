import type { TicketReserved } from './events/events.js';
import type { Concert } from './state/concert-state.js';
import { withTickets } from './state/customer-tickets.js';
import { withEnded } from './state/forget-ended.js';
import { liveTickets, seatedTicket } from './state/live-tickets.js';
import type { Purchase, Ticket } from './state/purchase-state.js';
import { freeSeats, takeSeats } from './tickets/seats.js';

/** The fold of the events of purchases. */

/** One more ticket of a purchase is sold. The revision is that of the event. */
export function ticketReserved(concert: Concert, data: TicketReserved['data']): Concert {
  const before = concert.purchases.get(data.purchaseId);
  const ticket: Ticket = { number: data.ticketNumber, seat: null };
  const sold: Purchase = {
    purchaseId: data.purchaseId,
    customerId: data.customerId,
    idempotencyKey: data.idempotencyKey,
    tickets: [...liveTickets(before), ticket],
    status: 'live',
    revision: concert.revision,
    lastRevision: concert.revision,
  };
  const purchase = before?.reference === undefined ? sold : { ...sold, reference: before.reference };
  return {
    ...concert,
    sharedPurchases:
      concert.sharedPurchases || !mayGoOn(before, data.customerId) || concert.holds.has(data.purchaseId),
    live: concert.live + 1,
    lastTicketNumber: Math.max(concert.lastTicketNumber, data.ticketNumber),
    purchases: concert.purchases.set(data.purchaseId, purchase),
    holdings: withTickets(concert.holdings, data.customerId, 1),
  };
}

const mayGoOn = (purchase: Purchase | undefined, customerId: string): boolean =>
  purchase === undefined || (purchase.customerId === customerId && purchase.status === 'live');

export function vipAssigned(
  concert: Concert,
  { purchaseId, ticketNumber, seat }: { purchaseId: string; ticketNumber: number; seat: string },
): Concert {
  const purchase = concert.purchases.get(purchaseId);
  const target = seatedTicket(purchase, ticketNumber);
  if (purchase === undefined || target === undefined) return concert;
  const seated = purchase.tickets.map((ticket) => (ticket === target ? { ...ticket, seat } : ticket));
  return {
    ...concert,
    ...takeSeats(concert, [seat]),
    purchases: concert.purchases.set(purchaseId, {
      ...purchase,
      tickets: seated,
      revision: concert.revision,
      lastRevision: concert.revision,
    }),
  };
}

export function purchaseCancelled(concert: Concert, purchaseId: string): Concert {
  const purchase = concert.purchases.get(purchaseId);
  const released = liveTickets(purchase);
  if (purchase === undefined || released.length === 0) return concert;
  const seats = released.flatMap(({ seat }) => seat ?? []);
  const cancelled: Purchase = { ...purchase, status: 'cancelled', lastRevision: concert.revision };
  const without: Concert = {
    ...concert,
    ...freeSeats(concert, seats),
    live: concert.live - released.length,
    purchases: concert.purchases.set(purchaseId, cancelled),
    holdings: withTickets(concert.holdings, purchase.customerId, -released.length),
  };
  return withEnded(without, [purchaseId]);
}
