import { type Concert, evolve, type Purchase } from '../concert.js';
import type { Decision } from '../decision.js';
import type { ConcertEvent } from '../events/events.js';
import { type WindowRefusal, windowRefusal } from '../sales-window.js';
import { isPurchase, type Recalled } from '../state/recall.js';
import { nextSeats, nextTickets, purchaseOf, type Sale, saleEvents } from '../tickets/sold-tickets.js';
import { type StockRefusal, stockRefusal } from '../tickets/stock.js';
import { claimOf, isInTime } from './claim.js';
import { holdsExpired } from './due.js';
import type { Hold } from './hold.js';
import { offers } from './offers.js';
import { timeOfDecision } from './promised.js';

export interface ConfirmHold {
  readonly holdId: string;
  /** A reference chosen by the caller, such as the id of a payment. Another reference is another confirmation. */
  readonly reference: string;
  /** Decides whether the confirmation is in time, so that waiting for its decision never costs a buyer the tickets. ISO 8601. */
  readonly arrivedAt: string;
}

export type ConfirmRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'unknown-hold' }
  | { readonly reason: 'concert-cancelled' }
  | { readonly reason: 'hold-released'; readonly releasedAt: string }
  /** It arrived after the expiry, and the tickets are no longer available: refund it. */
  | {
      readonly reason: 'hold-lapsed';
      readonly expiredAt: string;
      readonly because: (WindowRefusal | StockRefusal)['reason'];
    }
  /** Another reference confirmed the hold: refund this one. */
  | { readonly reason: 'confirmed-with-another-reference'; readonly reference: string };

export type ConfirmResult =
  /** `late`: the hold had expired, but there were still tickets. */
  | { readonly kind: 'confirmed'; readonly purchase: Purchase; readonly late: boolean }
  | { readonly kind: 'replayed'; readonly purchase: Purchase }
  | { readonly kind: 'refused'; readonly refusal: ConfirmRefusal };

const refused = (refusal: ConfirmRefusal): ConfirmResult => ({ kind: 'refused', refusal });

/**
 * Decides a confirmation, which makes a hold a purchase with the hold's id. A confirmation that arrived after the expiry gets
 * tickets if the public stock allows it. A refusal as `hold-lapsed` rests on the HoldsExpired in the log, and appends it if
 * necessary.
 */
export function confirmHold(
  command: ConfirmHold,
  concert: Concert,
  clock: string,
  recalled?: Recalled,
): Decision<ConfirmResult> {
  const { holdId, reference, arrivedAt } = command;
  const now = timeOfDecision(concert, clock);
  if (concert.status === 'unknown') return [refused({ reason: 'unknown-concert' }), []];
  const found = claimOf(concert, holdId, recalled);
  if (isPurchase(found)) return [repeated(found, reference), []];
  if (found === undefined || found.status === 'waiting' || found.status === 'left') {
    return [refused({ reason: 'unknown-hold' }), []];
  }
  if (found.status === 'released') return [refused({ reason: 'hold-released', releasedAt: found.until }), []];
  if (concert.status === 'cancelled') return [refused({ reason: 'concert-cancelled' }), []];
  if (found.status === 'expired') return late(command, found, concert, now);
  if (isInTime(found, arrivedAt, now)) return sold(command, found, concert, now);

  const expiry = holdsExpired(concert, [found], now);
  const offered = offers(evolve(concert, expiry), now);
  const [result, events] = late(command, found, offered.concert, now);
  return [result, [expiry, ...offered.events, ...events]];
}

function repeated(purchase: Purchase, reference: string): ConfirmResult {
  if (purchase.reference === undefined) return refused({ reason: 'unknown-hold' });
  if (purchase.reference === reference) return { kind: 'replayed', purchase };
  return refused({ reason: 'confirmed-with-another-reference', reference: purchase.reference });
}

function sold(command: ConfirmHold, hold: Hold, concert: Concert, now: string): Decision<ConfirmResult> {
  const [purchase, events] = sale('HoldConfirmed', command, hold, concert, hold.seats, now);
  return [{ kind: 'confirmed', purchase, late: false }, events];
}

function late(command: ConfirmHold, hold: Hold, concert: Concert, now: string): Decision<ConfirmResult> {
  const { customerId, quantity } = hold;
  const refusal =
    windowRefusal(concert, command.arrivedAt) ?? stockRefusal(concert, customerId, quantity, now);
  if (refusal !== undefined) {
    const { reason: because } = refusal;
    return [refused({ reason: 'hold-lapsed', expiredAt: hold.until, because }), []];
  }
  const seats = nextSeats(concert, quantity);
  const [purchase, events] = sale('LateConfirmationAccepted', command, hold, concert, seats, now);
  return [{ kind: 'confirmed', purchase, late: true }, events];
}

function sale(
  type: 'HoldConfirmed' | 'LateConfirmationAccepted',
  { reference, arrivedAt }: ConfirmHold,
  { holdId, customerId, idempotencyKey, quantity }: Hold,
  concert: Concert,
  seats: readonly string[],
  decidedAt: string,
): readonly [Purchase, readonly ConcertEvent[]] {
  const { concertId, revision } = concert;
  const request: Sale = { purchaseId: holdId, customerId, idempotencyKey, arrivedAt, reference };
  const tickets = nextTickets(concert, quantity, seats);
  const confirmed: ConcertEvent = {
    type,
    data: { concertId, holdId, customerId, quantity, reference, arrivedAt, decidedAt },
  };
  const events = [confirmed, ...saleEvents(concert, request, tickets, decidedAt)];
  return [purchaseOf(request, tickets, revision + BigInt(events.length)), events];
}
