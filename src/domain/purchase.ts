import type { Concert, Purchase } from './concert.js';
import type { Decision } from './decision.js';
import { type WindowRefusal, windowRefusal } from './sales-window.js';
import { isPurchase, type Recalled } from './state/recall.js';
import { nextSeats, nextTickets, purchaseOf, saleEvents } from './tickets/sold-tickets.js';
import { type StockRefusal, stockRefusal } from './tickets/stock.js';

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

export type PurchaseRefusal = WindowRefusal | StockRefusal | { readonly reason: 'key-reused' };

export type PurchaseResult =
  | { readonly kind: 'accepted'; readonly purchase: Purchase }
  /** The same key bought before; `purchase` is what it bought. */
  | { readonly kind: 'replayed'; readonly purchase: Purchase }
  | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal };

/**
 * Decides a purchase, all or nothing: it sells every requested ticket or none. A refusal appends nothing and uses no key up.
 * @param recalled the purchase or hold with this id, read from the log because the state `mayHaveForgotten` it
 */
export function purchaseTickets(
  command: PurchaseTickets,
  concert: Concert,
  now: string,
  recalled?: Recalled,
): Decision<PurchaseResult> {
  const { purchaseId, quantity } = command;
  const earlier = concert.purchases.get(purchaseId) ?? concert.holds.get(purchaseId) ?? recalled;
  if (earlier !== undefined) {
    return isPurchase(earlier) && isSameRequest(earlier, command)
      ? [{ kind: 'replayed', purchase: earlier }, []]
      : [{ kind: 'refused', refusal: { reason: 'key-reused' } }, []];
  }
  const refusal = refusalOf(command, concert, now);
  if (refusal !== undefined) return [{ kind: 'refused', refusal }, []];

  const tickets = nextTickets(concert, quantity, nextSeats(concert, quantity));
  const events = saleEvents(concert, command, tickets, now);
  return [
    { kind: 'accepted', purchase: purchaseOf(command, tickets, concert.revision + BigInt(events.length)) },
    events,
  ];
}

/** Whether `purchaseTickets` would sell, without computing its events. */
export const wouldSell = (command: PurchaseTickets, concert: Concert): boolean =>
  refusalOf(command, concert, command.arrivedAt) === undefined &&
  !concert.purchases.has(command.purchaseId) &&
  !concert.holds.has(command.purchaseId);

const isSameRequest = (purchase: Purchase, { customerId, quantity }: PurchaseTickets): boolean =>
  purchase.customerId === customerId &&
  purchase.tickets.length === quantity &&
  purchase.reference === undefined;

const refusalOf = (
  { arrivedAt, customerId, quantity }: PurchaseTickets,
  concert: Concert,
  now: string,
): WindowRefusal | StockRefusal | undefined =>
  windowRefusal(concert, arrivedAt) ?? stockRefusal(concert, customerId, quantity, now);
