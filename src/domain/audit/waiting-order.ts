import { type ConcertEvent, type ConcertScheduled, timeOf } from '../events/events.js';
import type { TicketsHeld, WaitingListJoined, WaitingListLeft } from '../events/hold-events.js';
import { type Finding, notApplicable, Tally } from './findings.js';

/** The concert before an event, by the model of the log. */
export interface StockBefore {
  readonly remaining: number;
  /** Live tickets and tickets on hold. */
  heldBy(customerId: string): number;
}

interface Place {
  readonly holdId: string;
  readonly customerId: string;
  readonly quantity: number;
  /** Revision of joining. */
  readonly since: number;
}

/** How long tickets may be left for a customer who waits while events follow each other, in ms; and the gap that ends that. */
const patienceMs = 2_000;
const gapMs = 1_000;

/**
 * Checks that while a customer waits who can have what is left, it is offered to the first of them in order of joining, and not
 * sold or held for the public. A customer can have it if there is enough, within the limit, and while sales are open. Memory: one
 * entry per place.
 */
export class WaitingOrder {
  readonly #tally = new Tally();
  /** By quantity, in order of joining. */
  readonly #waiting = new Map<number, Map<string, Place>>();
  #terms: ConcertScheduled['data'] | null = null;
  #isOpen = false;
  #joined = 0;
  #offered = 0;
  /** The purchase that a confirmation makes: not one of the public. */
  #confirmed = '';
  #lastAt = Number.NEGATIVE_INFINITY;
  /** Since when the place that is next could have been offered what is left, and whether that was reported. */
  #left: { readonly place: Place; since: number; isReported: boolean } | null = null;

  add(event: ConcertEvent, revision: number, before: StockBefore): void {
    const time = timeOf(event);
    if (time !== null) this.#checkLeft(Math.max(this.#lastAt, Date.parse(time)), before);
    switch (event.type) {
      case 'ConcertScheduled':
        this.#terms = event.data;
        this.#isOpen = true;
        break;
      case 'HoldTermsChanged':
        if (this.#terms !== null) this.#terms = { ...this.#terms, ...event.data };
        break;
      case 'SalesClosed':
      case 'ConcertCancelled':
        this.#isOpen = false;
        break;
      case 'WaitingListJoined':
        this.#join(event.data, revision);
        break;
      case 'WaitingListLeft':
        this.#leave(event.data, revision, before);
        break;
      case 'TicketsHeld':
        if (event.data.reason === 'offer') this.#offer(event.data, revision, before);
        else this.#toPublic(event.data.customerId, revision, before);
        break;
      case 'HoldConfirmed':
        this.#confirmed = event.data.holdId;
        break;
      case 'LateConfirmationAccepted':
        this.#toPublic(event.data.customerId, revision, before);
        this.#confirmed = event.data.holdId;
        break;
      case 'TicketReserved':
        if (event.data.purchaseId !== this.#confirmed)
          this.#toPublic(event.data.customerId, revision, before);
        break;
      default:
    }
  }

  finding(): Finding {
    if (this.#joined + this.#tally.violations === 0) return notApplicable('I15', 'nobody waited');
    return this.#tally.finding('I15', `${this.#joined} places, ${this.#offered} of them offered tickets`);
  }

  #join({ holdId, customerId, quantity }: WaitingListJoined['data'], since: number): void {
    this.#joined += 1;
    const places = this.#waiting.get(quantity) ?? new Map<string, Place>();
    this.#waiting.set(quantity, places.set(holdId, { holdId, customerId, quantity, since }));
  }

  #leave({ holdId, reason }: WaitingListLeft['data'], revision: number, before: StockBefore): void {
    const place = this.#take(holdId);
    if (place === undefined || reason === 'request') return;
    if (this.#isWithinLimit(place, before)) {
      this.#tally.add(`revision ${revision}: place ${holdId} is lost, and its customer is within the limit`);
    }
  }

  #offer({ holdId, customerId }: TicketsHeld['data'], revision: number, before: StockBefore): void {
    this.#offered += 1;
    const next = this.#next(before);
    const place = this.#take(holdId);
    if (place === undefined) {
      this.#tally.add(
        `revision ${revision}: ${customerId} is offered tickets and does not wait: hold ${holdId}`,
      );
    } else if (next !== undefined && next.since < place.since) {
      this.#tally.add(`revision ${revision}: place ${holdId} is served before place ${next.holdId}`);
    }
  }

  #toPublic(customerId: string, revision: number, before: StockBefore): void {
    const next = this.#isOpenAt(this.#lastAt) ? this.#next(before) : undefined;
    if (next === undefined) return;
    this.#tally.add(`revision ${revision}: ${customerId} gets tickets for which place ${next.holdId} waits`);
  }

  /** Checks what was left until an event at this time. */
  #checkLeft(at: number, before: StockBefore): void {
    const isGap = at - this.#lastAt > gapMs;
    this.#lastAt = at;
    const next = this.#isOpenAt(at) ? this.#next(before) : undefined;
    if (next === undefined) this.#left = null;
    else if (this.#left?.place !== next || isGap) this.#left = { place: next, since: at, isReported: false };
    else if (at - this.#left.since > patienceMs && !this.#left.isReported) {
      this.#left.isReported = true;
      this.#tally.add(
        `place ${next.holdId} waits although ${before.remaining} are left for ${patienceMs} ms`,
      );
    }
  }

  /** The first place in order whose customer can have what is left. */
  #next(before: StockBefore): Place | undefined {
    let first: Place | undefined;
    for (const [quantity, places] of this.#waiting) {
      if (quantity > before.remaining) continue;
      for (const place of places.values()) {
        if (first !== undefined && first.since < place.since) break;
        if (!this.#isWithinLimit(place, before)) continue;
        first = place;
        break;
      }
    }
    return first;
  }

  #isWithinLimit({ customerId, quantity }: Place, { heldBy }: StockBefore): boolean {
    return heldBy(customerId) + quantity <= (this.#terms?.ticketsPerCustomer ?? 0);
  }

  #take(holdId: string): Place | undefined {
    for (const [quantity, places] of this.#waiting) {
      const place = places.get(holdId);
      if (place === undefined) continue;
      places.delete(holdId);
      if (places.size === 0) this.#waiting.delete(quantity);
      return place;
    }
    return undefined;
  }

  #isOpenAt(at: number): boolean {
    if (this.#terms === null || !this.#isOpen) return false;
    const { waitingList = false, offerSeconds = null, salesOpenAt, salesCloseAt } = this.#terms;
    const isInTime =
      (salesOpenAt === null || at >= Date.parse(salesOpenAt)) &&
      (salesCloseAt === null || at < Date.parse(salesCloseAt));
    return waitingList && offerSeconds !== null && isInTime;
  }
}
