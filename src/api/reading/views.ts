import { type Concert, type Purchase, remaining, type Ticket, vipRemaining } from '../../domain/concert.js';
import type { Page } from '../../projections/queries/cursor.js';
import type * as readModel from '../../projections/queries/views.js';

/** Views that are made from the folded state. Those of the read model have times too. */

export type ConcertView = Omit<readModel.ConcertView, 'scheduledAt'>;

export type PurchaseView = Pick<
  readModel.PurchaseView,
  | 'purchaseId'
  | 'concertId'
  | 'customerId'
  | 'idempotencyKey'
  | 'quantity'
  | 'tickets'
  | 'status'
  | 'revision'
>;

export type TicketView = PurchaseView['tickets'][number];

/** Null for a concert that the log does not know. */
export function concertView(concert: Concert): ConcertView | null {
  const { concertId, name, capacity, vipSeats, ticketsPerCustomer, purchaseMode, status, revision } = concert;
  const { salesOpenAt, salesCloseAt, startsAt, holdSeconds, waitingList, offerSeconds } = concert;
  if (status === 'unknown') return null;
  return {
    concertId,
    name,
    capacity,
    sold: concert.live,
    held: concert.holds.held,
    remaining: remaining(concert),
    vipSeats,
    vipRemaining: vipRemaining(concert),
    ticketsPerCustomer,
    salesOpenAt,
    salesCloseAt,
    startsAt,
    purchaseMode,
    holdSeconds,
    waitingList,
    offerSeconds,
    status,
    revision,
  };
}

export const ticketView = ({ number, seat }: Ticket): TicketView => ({ number, vip: seat !== null, seat });

export const purchaseView = (concertId: string, purchase: Purchase): PurchaseView => ({
  purchaseId: purchase.purchaseId,
  concertId,
  customerId: purchase.customerId,
  idempotencyKey: purchase.idempotencyKey,
  quantity: purchase.tickets.length,
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
