import type { HoldEvent } from '../../src/domain/events/hold-events.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { Terms } from '../sale/schedule.js';
import { HoldsModel } from './holds-model.js';

export interface SoldPurchase {
  readonly purchaseId: string;
  readonly key: string;
  readonly customer: string;
  readonly tickets: { readonly number: number; seat: string | null }[];
  /** Of its last event of the sale. */
  revision: bigint;
  cancelledAt: bigint | null;
}

/**
 * The rules of a sale, a second time and as simply as can be: it shares nothing with the service's deciders. Fed with the log in
 * order, it names every rule that an event breaks.
 */
export class SaleModel {
  readonly purchases = new Map<string, SoldPurchase>();
  /** Per revision, what was left after it. */
  readonly left: number[] = [];
  /** Per customer, the tickets held from a revision on. */
  readonly holdings = new Map<string, { readonly from: bigint; readonly tickets: number }[]>();
  readonly violations: { readonly invariant: string; readonly what: string }[] = [];
  readonly holds = new HoldsModel((invariant, what) => this.#broken(invariant, what));
  /** Per revision, what was held after it. */
  readonly heldAt: number[] = [];
  /** Per revision, whether somebody waited after it. */
  readonly someoneWaits: boolean[] = [];
  #capacity = 0;
  #terms: Pick<Terms, 'vipSeats' | 'ticketsPerCustomer'> = { vipSeats: 0, ticketsPerCustomer: 0 };
  readonly #live = new Map<number, { readonly customer: string; seat: string | null }>();
  #released = false;
  /** With holds, VIP seats go out in the order of holding. */
  #usesHolds = false;
  #ticketsEver = 0;

  /** Takes the next event; `isFirst` if it is the first of its append. */
  take({ revision, decoded }: RecordedEvent, isFirst: boolean): void {
    if (!decoded.ok) {
      this.#broken('log', `revision ${revision} cannot be read: ${decoded.problem}`);
      return;
    }
    const { event } = decoded;
    switch (event.type) {
      case 'ConcertScheduled':
        this.#terms = event.data;
        this.#capacity = event.data.capacity;
        break;
      case 'CapacityChanged':
        this.#capacity = event.data.capacity;
        break;
      case 'TicketReserved':
        this.#reserved(event.data, revision, isFirst);
        break;
      case 'VipAssigned':
        this.#seated(event.data, revision);
        break;
      case 'PurchaseCancelled':
        this.#cancelled(event.data.purchaseId, revision);
        break;
      case 'SalesClosed':
      case 'ConcertCancelled':
      case 'HoldTermsChanged':
        this.#broken('log', `nobody asked for ${event.type} at ${revision}`);
        break;
      default:
        this.#held(event, revision);
    }
    const out = this.#live.size + this.holds.held;
    if (out > this.#capacity)
      this.#broken('I1', `${out} tickets of ${this.#capacity} at revision ${revision}`);
    this.left.push(this.#capacity - out);
    this.heldAt.push(this.holds.held);
    this.someoneWaits.push(this.holds.waiting.length > 0);
  }

  endOfAppend(events: number, revision: bigint): void {
    this.holds.endOfAppend(this.#stock, events, revision);
  }

  get #stock() {
    return {
      free: this.#capacity - this.#live.size - this.holds.held,
      mayHave: (customer: string) =>
        this.#terms.ticketsPerCustomer - (this.holdings.get(customer)?.at(-1)?.tickets ?? 0),
    };
  }

  #held(event: HoldEvent, revision: bigint): void {
    this.#usesHolds = true;
    for (const { customer, tickets } of this.holds.take(event, revision, this.#stock)) {
      this.#hold(customer, tickets, revision);
    }
  }

  holdingAt(customer: string, revision: bigint): number {
    return this.holdings.get(customer)?.findLast(({ from }) => from <= revision)?.tickets ?? 0;
  }

  #reserved(
    data: { purchaseId: string; customerId: string; ticketNumber: number; idempotencyKey: string },
    revision: bigint,
    isFirst: boolean,
  ): void {
    const { purchaseId, customerId: customer, ticketNumber: number, idempotencyKey: key } = data;
    const known = this.purchases.get(purchaseId);
    if (!this.holds.ticketOf(purchaseId) && isFirst) this.holds.publicTakes(this.#stock, revision);
    if (known !== undefined && (isFirst || known.customer !== customer || known.cancelledAt !== null))
      this.#broken('I8', `key ${key} buys again at revision ${revision}`);
    if (this.#live.has(number))
      this.#broken('I2', `ticket ${number} is sold twice, again at revision ${revision}`);
    this.#ticketsEver += 1;
    if (!this.#released && number !== this.#ticketsEver)
      this.#broken(
        'I2',
        `ticket ${number} is number ${this.#ticketsEver} of the sale, at revision ${revision}`,
      );
    const purchase = known ?? { purchaseId, key, customer, tickets: [], revision, cancelledAt: null };
    purchase.tickets.push({ number, seat: null });
    purchase.revision = revision;
    this.purchases.set(purchaseId, purchase);
    this.#live.set(number, { customer, seat: null });
    this.#hold(customer, 1, revision);
  }

  #seated(data: { purchaseId: string; ticketNumber: number; seat: string }, revision: bigint): void {
    const { purchaseId, ticketNumber: number, seat } = data;
    const live = this.#live.get(number);
    const purchase = this.purchases.get(purchaseId);
    const ticket = purchase?.tickets.find((each) => each.number === number);
    if (live === undefined || purchase === undefined || ticket === undefined) {
      this.#broken('I3', `seat ${seat} goes to no ticket at revision ${revision}`);
      return;
    }
    for (const other of this.#live.values())
      if (other.seat === seat)
        this.#broken('I3', `seat ${seat} is given twice, again at revision ${revision}`);
    if (!this.#released && !this.#usesHolds && (number > this.#terms.vipSeats || seat !== `VIP-${number}`))
      this.#broken('I3', `seat ${seat} goes to ticket ${number} at revision ${revision}`);
    live.seat = seat;
    ticket.seat = seat;
    purchase.revision = revision;
  }

  #cancelled(purchaseId: string, revision: bigint): void {
    const purchase = this.purchases.get(purchaseId);
    if (purchase === undefined || purchase.cancelledAt !== null) {
      this.#broken('log', `revision ${revision} cancels what is not sold`);
      return;
    }
    purchase.cancelledAt = revision;
    this.#released = true;
    for (const { number } of purchase.tickets) this.#live.delete(number);
    this.#hold(purchase.customer, -purchase.tickets.length, revision);
  }

  #hold(customer: string, tickets: number, from: bigint): void {
    const held = this.holdings.get(customer) ?? [];
    const now = (held.at(-1)?.tickets ?? 0) + tickets;
    held.push({ from, tickets: now });
    this.holdings.set(customer, held);
    if (now > this.#terms.ticketsPerCustomer)
      this.#broken('I4', `${customer} holds ${now} tickets at revision ${from}`);
  }

  #broken(invariant: string, what: string): void {
    this.violations.push({ invariant, what });
  }
}
