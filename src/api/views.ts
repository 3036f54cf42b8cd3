import { type Concert, type Purchase, remaining, type Ticket, vipRemaining } from '../domain/concert.js';
import type { ConcertView, Page, PurchaseView, TicketView } from './services.js';

/** The domain's state as clients see it. */

export const concertView = (concert: Concert): ConcertView => ({
  concertId: concert.concertId,
  name: concert.name,
  capacity: concert.capacity,
  sold: concert.live,
  remaining: remaining(concert),
  vipSeats: concert.vipSeats,
  vipRemaining: vipRemaining(concert),
  ticketsPerCustomer: concert.ticketsPerCustomer,
  salesOpenAt: concert.salesOpenAt,
  salesCloseAt: concert.salesCloseAt,
  startsAt: concert.startsAt,
  status: concert.status,
  revision: concert.revision,
});

export const ticketView = ({ number, seat }: Ticket): TicketView => ({ number, vip: seat !== null, seat });

export const purchaseView = (concertId: string, purchase: Purchase): PurchaseView => ({
  purchaseId: purchase.purchaseId,
  concertId,
  customerId: purchase.customerId,
  tickets: purchase.tickets.map(ticketView),
  status: purchase.status,
  revision: purchase.revision,
});

/** Revisions have 64 bits, so JSON gets them as text. */
export const toJson = <View extends { readonly revision: bigint }>(view: View) => ({
  ...view,
  revision: String(view.revision),
});

export const pageToJson = <View extends { readonly revision: bigint }>({ items, next }: Page<View>) => ({
  items: items.map(toJson),
  next,
});
