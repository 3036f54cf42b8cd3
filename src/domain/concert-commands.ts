import type { Concert, Purchase } from './concert.js';
import type { Decision } from './decision.js';
import type { ConcertEvent, ConcertScheduled } from './events/events.js';
import type { PurchaseMode } from './purchase-mode.js';
import { isPurchase, type Recalled } from './state/recall.js';

/** The deciders of the organiser's commands and of the cancellation of a purchase. */

export type ScheduleConcert = Omit<ConcertScheduled['data'], 'scheduledAt'>;

export interface ChangeConcert {
  readonly capacity?: number;
  readonly holdSeconds?: number | null;
  readonly waitingList?: boolean;
  readonly offerSeconds?: number | null;
  readonly status?: 'closed' | 'cancelled';
}

export type ManageRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'concert-cancelled' }
  | { readonly reason: 'concert-exists' }
  /** This installation has no Redis. */
  | { readonly reason: 'mode-needs-redis'; readonly purchaseMode: PurchaseMode }
  /** `sold` are sold, and `held` on hold, which may be sold yet. */
  | { readonly reason: 'capacity-below-sold'; readonly sold: number; readonly held: number }
  | { readonly reason: 'capacity-below-vip-seats'; readonly vipSeats: number }
  /** A waiting list without the time for which an offer is held. */
  | { readonly reason: 'no-offer-seconds' };

export type ManageResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly refusal: ManageRefusal };

export type CancelRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'unknown-purchase' }
  | { readonly reason: 'concert-cancelled' };

export type CancelResult =
  | { readonly kind: 'cancelled'; readonly purchase: Purchase }
  | { readonly kind: 'refused'; readonly refusal: CancelRefusal };

const done: ManageResult = { kind: 'done' };
const refuse = (refusal: ManageRefusal): Decision<ManageResult> => [{ kind: 'refused', refusal }, []];

/** Decides the scheduling of a concert. A repeat with the same terms changes nothing; with other terms it is refused. */
export function scheduleConcert(
  command: ScheduleConcert,
  concert: Concert,
  now: string,
): Decision<ManageResult> {
  if (concert.status === 'unknown') {
    if (command.vipSeats > command.capacity) {
      return refuse({ reason: 'capacity-below-vip-seats', vipSeats: command.vipSeats });
    }
    return [done, [{ type: 'ConcertScheduled', data: { ...command, scheduledAt: now } }]];
  }
  return hasTerms(concert, command) ? [done, []] : refuse({ reason: 'concert-exists' });
}

const hasTerms = (concert: Concert, terms: ScheduleConcert): boolean =>
  concert.name === terms.name &&
  concert.capacity === terms.capacity &&
  concert.vipSeats === terms.vipSeats &&
  concert.ticketsPerCustomer === terms.ticketsPerCustomer &&
  concert.salesOpenAt === terms.salesOpenAt &&
  concert.salesCloseAt === terms.salesCloseAt &&
  concert.startsAt === terms.startsAt &&
  concert.purchaseMode === terms.purchaseMode &&
  concert.holdSeconds === (terms.holdSeconds ?? null) &&
  concert.waitingList === (terms.waitingList ?? false) &&
  concert.offerSeconds === (terms.offerSeconds ?? null);

/** Decides a change of capacity, terms of holds and status, all or nothing. A value that does not change needs no event. */
export function changeConcert(command: ChangeConcert, concert: Concert, now: string): Decision<ManageResult> {
  if (concert.status === 'unknown') return refuse({ reason: 'unknown-concert' });
  if (concert.status === 'cancelled') {
    const alreadySo =
      command.status === 'cancelled' && (command.capacity ?? concert.capacity) === concert.capacity;
    return alreadySo ? [done, []] : refuse({ reason: 'concert-cancelled' });
  }
  const { capacity = concert.capacity } = command;
  const { live: sold, holds } = concert;
  if (capacity < sold + holds.held) return refuse({ reason: 'capacity-below-sold', sold, held: holds.held });
  if (capacity < concert.vipSeats) {
    return refuse({ reason: 'capacity-below-vip-seats', vipSeats: concert.vipSeats });
  }
  const { concertId } = concert;
  const { holdSeconds, waitingList, offerSeconds } = { ...concert, ...command };
  if (waitingList && offerSeconds === null) return refuse({ reason: 'no-offer-seconds' });
  const events: ConcertEvent[] = [];
  if (capacity !== concert.capacity) {
    events.push({
      type: 'CapacityChanged',
      data: { concertId, capacity, previousCapacity: concert.capacity, changedAt: now },
    });
  }
  const hasSameTerms =
    holdSeconds === concert.holdSeconds &&
    waitingList === concert.waitingList &&
    offerSeconds === concert.offerSeconds;
  if (!hasSameTerms) {
    const data = { concertId, holdSeconds, waitingList, offerSeconds, changedAt: now };
    events.push({ type: 'HoldTermsChanged', data });
  }
  if (command.status === 'closed' && concert.status !== 'closed') {
    events.push({ type: 'SalesClosed', data: { concertId, closedAt: now } });
  }
  if (command.status === 'cancelled') {
    events.push({ type: 'ConcertCancelled', data: { concertId, cancelledAt: now } });
  }
  return [done, events];
}

/**
 * Decides the cancellation of a purchase, which puts its tickets and VIP seats back on sale. A repeat has the first result.
 * @param recalled the purchase or hold with this id, read from the log because the state `mayHaveForgotten` it
 */
export function cancelPurchase(
  purchaseId: string,
  concert: Concert,
  now: string,
  recalled?: Recalled,
): Decision<CancelResult> {
  if (concert.status === 'unknown') return [{ kind: 'refused', refusal: { reason: 'unknown-concert' } }, []];
  const purchase = concert.purchases.get(purchaseId) ?? (isPurchase(recalled) ? recalled : undefined);
  if (purchase === undefined) {
    return [{ kind: 'refused', refusal: { reason: 'unknown-purchase' } }, []];
  }
  if (purchase.status === 'cancelled') return [{ kind: 'cancelled', purchase }, []];
  if (concert.status === 'cancelled') {
    return [{ kind: 'refused', refusal: { reason: 'concert-cancelled' } }, []];
  }
  const cancelled: ConcertEvent = {
    type: 'PurchaseCancelled',
    data: {
      concertId: concert.concertId,
      purchaseId,
      customerId: purchase.customerId,
      ticketNumbers: purchase.tickets.map(({ number }) => number),
      seats: purchase.tickets.flatMap(({ seat }) => (seat === null ? [] : [seat])),
      cancelledAt: now,
    },
  };
  const lastRevision = concert.revision + 1n;
  return [{ kind: 'cancelled', purchase: { ...purchase, status: 'cancelled', lastRevision } }, [cancelled]];
}
