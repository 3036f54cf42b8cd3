import {
  type CapacityChanged,
  type ConcertEvent,
  type PurchaseCancelled,
  type TicketReserved,
  timeOf,
  type VipAssigned,
} from '../events/events.js';
import { purchaseIdOf } from '../ids.js';
import { type Finding, Tally } from './findings.js';
import { type HoldTerms, holdProblem, termsChangeProblem } from './hold-event-problems.js';
import type { Before, Effect } from './log-model.js';

/**
 * Finds events that a decider would not have written: the fold ignores them or applies something else than they state. The
 * caller passes every event of a stream, in order.
 */
export class EventAudit {
  readonly #tally = new Tally();
  #next = 0n;
  /** Null before the concert is scheduled. */
  #terms: HoldTerms | null = null;
  #isClosed = false;
  #isCancelled = false;
  /** The ticket that the previous event sold. */
  #lastSold: TicketReserved['data'] | null = null;
  /** The latest time of an event so far, in ms. */
  #latest = Number.NEGATIVE_INFINITY;
  /** The hold that was confirmed last; it may be after sales were closed. */
  #confirmed = '';
  /** A ticket of the purchase that the previous events sold. */
  #purchase: TicketReserved['data'] | null = null;

  /** Notes the revision of an event, readable or not. */
  at(revision: bigint): void {
    if (revision !== this.#next) {
      this.#tally.add(`revisions ${this.#next} to ${revision - 1n} are missing from the log`);
    }
    this.#next = revision + 1n;
  }

  unreadable(revision: bigint, problem: string): void {
    this.#tally.add(`revision ${revision}: ${problem}`);
    this.#lastSold = null;
  }

  /**
   * @param effect its effect by the model of the log
   * @param model the model before the event
   */
  add(revision: bigint, event: ConcertEvent, effect: Effect, model: Before): void {
    const problem = this.#timeProblem(event) ?? this.#problemOf(event, effect, model);
    if (problem !== null) this.#tally.add(`revision ${revision}: ${problem}`);
    this.#lastSold = event.type === 'TicketReserved' ? event.data : null;
    if (event.type === 'TicketReserved') this.#purchase = event.data;
    else if (event.type !== 'VipAssigned') this.#purchase = null;
    if (event.type === 'ConcertScheduled' || event.type === 'HoldTermsChanged') this.#terms = event.data;
    if (event.type === 'SalesClosed') this.#isClosed = true;
    if (event.type === 'HoldConfirmed') this.#confirmed = event.data.holdId;
    if (event.type === 'ConcertCancelled') this.#isCancelled = true;
  }

  /** @param expected the revision that the stream ends at */
  finding(expected: bigint): Finding {
    if (this.#next <= expected) {
      this.#tally.add(`revisions ${this.#next} to ${expected} are missing from the log`);
    }
    return this.#tally.finding('log', `revisions 0 to ${expected}`);
  }

  /** No hold, and no place in the waiting list, is decided at a time before that of an earlier event. */
  #timeProblem(event: ConcertEvent): string | null {
    const time = timeOf(event);
    if (time === null) return null;
    const isOfHold = 'decidedAt' in event.data && !('purchaseId' in event.data);
    const isEarlier = isOfHold && Date.parse(time) < this.#latest;
    this.#latest = Math.max(this.#latest, Date.parse(time));
    return isEarlier
      ? `${event.type} of ${time} follows an event of ${new Date(this.#latest).toISOString()}`
      : null;
  }

  #problemOf(event: ConcertEvent, effect: Effect, model: Before): string | null {
    const terms = this.#terms;
    if (event.type === 'ConcertScheduled') return terms === null ? null : 'the concert is scheduled again';
    if (terms === null) return `${event.type} of a concert not scheduled`;
    if (this.#isCancelled) return `${event.type} after the concert was cancelled`;
    switch (event.type) {
      case 'SalesClosed':
        return this.#isClosed ? 'sales are closed again' : null;
      case 'CapacityChanged':
        return capacityProblem(event.data, model);
      case 'TicketReserved':
        return this.#saleProblem(event.data);
      case 'VipAssigned':
        return this.#seatProblem(event.data, effect);
      case 'PurchaseCancelled':
        return cancellationProblem(event.data, effect, model);
      case 'HoldTermsChanged':
        return termsChangeProblem(event.data, terms);
      case 'ConcertCancelled':
        return null;
      default:
        return holdProblem(event, terms, model.holds);
    }
  }

  #saleProblem(data: TicketReserved['data']): string | null {
    const { concertId, purchaseId, idempotencyKey, ticketNumber } = data;
    if (this.#isClosed && this.#confirmed !== purchaseId) {
      return `ticket ${ticketNumber} is sold after sales were closed`;
    }
    const before = this.#purchase;
    if (before?.purchaseId === purchaseId) {
      return isOfOneRequest(before, data) ? null : `purchase ${purchaseId} is of two requests`;
    }
    if (purchaseId === purchaseIdOf(concertId, idempotencyKey)) return null;
    return `purchase ${purchaseId} is not the one of key ${idempotencyKey}`;
  }

  #seatProblem(
    { purchaseId, customerId, ticketNumber, seat }: VipAssigned['data'],
    effect: Effect,
  ): string | null {
    const sold = this.#lastSold;
    const follows =
      effect.seated &&
      sold?.purchaseId === purchaseId &&
      sold.customerId === customerId &&
      sold.ticketNumber === ticketNumber;
    return follows ? null : `${seat} is not for the ticket sold right before`;
  }
}

const isOfOneRequest = (a: TicketReserved['data'], b: TicketReserved['data']): boolean =>
  a.customerId === b.customerId &&
  a.idempotencyKey === b.idempotencyKey &&
  a.arrivedAt === b.arrivedAt &&
  a.queueId === b.queueId &&
  a.decidedAt === b.decidedAt;

const capacityProblem = (
  { previousCapacity }: CapacityChanged['data'],
  { capacity }: Before,
): string | null =>
  previousCapacity === capacity ? null : `the capacity was ${capacity}, not ${previousCapacity}`;

function cancellationProblem(
  { purchaseId, customerId, ticketNumbers, seats }: PurchaseCancelled['data'],
  { released }: Effect,
  { tickets }: Before,
): string | null {
  if (tickets === undefined) return `purchase ${purchaseId} is cancelled and was never made`;
  if (released.length === 0) return `purchase ${purchaseId} is cancelled again`;
  const numbers = released.map(({ number }) => number).join();
  const given = released.flatMap(({ seat }) => (seat === null ? [] : [seat])).join();
  if (numbers === ticketNumbers.join() && given === seats.join() && released[0]?.customerId === customerId) {
    return null;
  }
  return `the cancellation of purchase ${purchaseId} names other tickets, seats or another customer than it had`;
}
