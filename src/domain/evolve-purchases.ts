import type { TicketReserved } from './events/events.js';
import { seatNumber } from './seats.js';
import type { Concert } from './state/concert-state.js';
import { liveTickets, seatedTicket } from './state/live-tickets.js';
import type { Purchase, Ticket } from './state/purchase-state.js';

/** The fold of the events of purchases. */

/** One more ticket of a purchase is sold. The revision is that of the event. */
export function ticketReserved(concert: Concert, data: TicketReserved['data']): Concert {
  const before = concert.purchases.get(data.purchaseId);
  const ticket: Ticket = { number: data.ticketNumber, seat: null };
  const purchase: Purchase = {
    purchaseId: data.purchaseId,
    customerId: data.customerId,
    idempotencyKey: data.idempotencyKey,
    tickets: [...liveTickets(before), ticket],
    status: 'live',
    revision: concert.revision,
    lastRevision: concert.revision,
  };
  return {
    ...concert,
    sharedPurchases: concert.sharedPurchases || !mayGoOn(before, data.customerId),
    live: concert.live + 1,
    lastTicketNumber: Math.max(concert.lastTicketNumber, data.ticketNumber),
    purchases: concert.purchases.set(data.purchaseId, purchase),
    holdings: concert.holdings.set(data.customerId, (concert.holdings.get(data.customerId) ?? 0) + 1),
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
  const taken = seatNumber(seat);
  return {
    ...concert,
    lastVipSeat: Math.max(concert.lastVipSeat, taken),
    freedVipSeats: concert.freedVipSeats.delete(taken),
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
  let freedVipSeats = concert.freedVipSeats;
  for (const { seat } of released) {
    if (seat !== null) freedVipSeats = freedVipSeats.add(seatNumber(seat));
  }
  const left = (concert.holdings.get(purchase.customerId) ?? 0) - released.length;
  return withoutOldest({
    ...concert,
    live: concert.live - released.length,
    freedVipSeats,
    purchases: concert.purchases.set(purchaseId, {
      ...purchase,
      status: 'cancelled',
      lastRevision: concert.revision,
    }),
    forgotten: concert.sharedPurchases ? concert.forgotten : concert.forgotten.cancelled(purchaseId),
    holdings:
      left > 0
        ? concert.holdings.set(purchase.customerId, left)
        : concert.holdings.delete(purchase.customerId),
  });
}

/** Forgets the purchases that were cancelled first, once there are many. */
function withoutOldest(concert: Concert): Concert {
  if (concert.sharedPurchases) return concert;
  const oldest: Purchase[] = [];
  let { purchases } = concert;
  for (const purchaseId of concert.forgotten.due(concert.revision)) {
    const purchase = purchases.get(purchaseId);
    if (purchase === undefined) continue;
    oldest.push(purchase);
    purchases = purchases.delete(purchaseId);
  }
  if (oldest.length === 0) return concert;
  return { ...concert, purchases, forgotten: concert.forgotten.without(oldest, concert.revision) };
}
