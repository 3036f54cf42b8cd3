import type { ConcertEvent } from '../events/events.js';
import { type Finding, notApplicable, Tally } from './findings.js';
import { HoldEnds } from './hold-ends.js';
import { HoldTimes } from './hold-times.js';
import { type Effect, LogModel } from './log-model.js';
import { WaitingOrder } from './waiting-order.js';

/** Checks the invariants that need only a concert's log, except for the order of arrival. Memory: one entry per purchase and hold. */
export class LogAudit {
  readonly #oversold = new Tally();
  readonly #numbers = new Tally();
  readonly #vip = new Tally();
  readonly #limits = new Tally();
  readonly #keys = new Tally();
  readonly #model = new LogModel();
  readonly #ends = new HoldEnds();
  readonly #times = new HoldTimes();
  readonly #order = new WaitingOrder();
  readonly #keyOf = new Map<string, string>();
  readonly #liveNumbers = new Set<number>();
  readonly #liveSeats = new Set<string>();
  readonly #held = new Map<string, number>();
  #vipSeats = 0;
  #limit = 1;
  #sold = 0;
  #seated = 0;
  #released = 0;
  #events = 0;
  #inPurchase = '';

  /** Checks the next event of the concert's stream. @returns its effect according to `LogModel` */
  add(event: ConcertEvent): Effect {
    const revision = this.#events++;
    this.#checkHolds(event, revision);
    const effect = this.#model.add(event);
    switch (event.type) {
      case 'ConcertScheduled':
        this.#vipSeats = event.data.vipSeats;
        this.#limit = event.data.ticketsPerCustomer;
        break;
      case 'CapacityChanged':
        this.#checkCapacity(revision);
        break;
      case 'TicketReserved':
        this.#reserved(event.data, revision);
        break;
      case 'VipAssigned':
        this.#assigned(event.data, effect, revision);
        break;
      case 'PurchaseCancelled':
        this.#cancelled(effect);
        break;
      case 'TicketsHeld':
        this.#checkCapacity(revision);
        this.#checkLimit(event.data.customerId, revision);
        break;
      default:
        break;
    }
    this.#inPurchase =
      event.type === 'TicketReserved' || event.type === 'VipAssigned' ? event.data.purchaseId : '';
    return effect;
  }

  #checkHolds(event: ConcertEvent, revision: number): void {
    const { remaining, onHold } = this.#model;
    const heldBy = (customerId: string) => (this.#held.get(customerId) ?? 0) + onHold.of(customerId);
    this.#ends.add(event, revision);
    this.#times.add(event, revision);
    this.#order.add(event, revision, { remaining, heldBy });
    if (event.type !== 'TicketsHeld') return;
    for (const seat of event.data.seats) {
      if (this.#liveSeats.has(seat) || onHold.isSeatHeld(seat)) {
        this.#vip.add(`revision ${revision}: ${seat} is held, and is taken already`);
      }
      this.#checkSeat(seat, revision);
    }
  }

  #checkSeat(seat: string, revision: number): void {
    if (Number(seat.slice('VIP-'.length)) <= this.#vipSeats) return;
    this.#vip.add(`revision ${revision}: ${seat} of ${this.#vipSeats} VIP seats`);
  }

  get model(): LogModel {
    return this.#model;
  }

  findings(): readonly Finding[] {
    const sold = `${this.#sold} tickets sold, ${this.#released} released`;
    return [
      this.#oversold.finding('I1', `${sold}, capacity ${this.#model.capacity}`),
      this.#numbers.finding('I2', sold),
      this.#vipFinding(),
      this.#limits.finding('I4', `${this.#held.size} customers, limit ${this.#limit}`),
      this.#keys.finding('I8', `${this.#keyOf.size} keys`),
      this.#ends.finding(),
      this.#times.finding(),
      this.#order.finding(),
    ];
  }

  #vipFinding(): Finding {
    if (this.#vipSeats === 0) return notApplicable('I3', 'the concert has no VIP seats');
    this.#checkVipOfPrevious(this.#events);
    const checked = `${this.#seated} VIP seats given out of ${this.#vipSeats}`;
    return this.#vip.finding('I3', this.#isInOrder ? checked : `${checked}, seats live once at a time`);
  }

  #reserved(
    data: { purchaseId: string; customerId: string; ticketNumber: number; idempotencyKey: string },
    revision: number,
  ): void {
    const { purchaseId, customerId, ticketNumber, idempotencyKey } = data;
    this.#checkVipOfPrevious(revision);
    this.#sold++;
    this.#checkCapacity(revision);
    if (this.#liveNumbers.has(ticketNumber)) {
      this.#numbers.add(`revision ${revision}: ticket ${ticketNumber} is live twice`);
    } else if (this.#released === 0 && ticketNumber !== this.#sold) {
      this.#numbers.add(`revision ${revision}: ticket ${ticketNumber} where ${this.#sold} was next`);
    }
    this.#liveNumbers.add(ticketNumber);
    this.#held.set(customerId, (this.#held.get(customerId) ?? 0) + 1);
    this.#checkLimit(customerId, revision);
    this.#checkKey(purchaseId, idempotencyKey, revision);
  }

  #checkCapacity(revision: number): void {
    const { live, capacity, onHold } = this.#model;
    const { total } = onHold;
    if (live + total <= capacity) return;
    const held = total === 0 ? '' : ` and ${total} on hold`;
    this.#oversold.add(`revision ${revision}: ${live} live tickets${held} for a capacity of ${capacity}`);
  }

  #checkLimit(customerId: string, revision: number): void {
    const held = (this.#held.get(customerId) ?? 0) + this.#model.onHold.of(customerId);
    if (held > this.#limit) this.#limits.add(`revision ${revision}: ${customerId} holds ${held}`);
  }

  /** From the first release or hold on, seats no longer go to the first tickets that are sold. */
  get #isInOrder(): boolean {
    return this.#released === 0 && !this.#model.onHold.hasHolds;
  }

  #checkKey(purchaseId: string, idempotencyKey: string, revision: number): void {
    const before = this.#keyOf.get(idempotencyKey);
    if (before !== undefined && before !== purchaseId) {
      this.#keys.add(`revision ${revision}: key ${idempotencyKey} bought ${before} and ${purchaseId}`);
    } else if (before !== undefined && this.#inPurchase !== purchaseId) {
      this.#keys.add(`revision ${revision}: purchase ${purchaseId} was made again`);
    }
    this.#keyOf.set(idempotencyKey, purchaseId);
  }

  /** Called before each further ticket: the ticket before it needed a VIP seat if it was among the first. */
  #checkVipOfPrevious(revision: number): void {
    if (!this.#isInOrder || this.#sold === 0) return;
    const due = Math.min(this.#sold, this.#vipSeats);
    if (this.#seated < due) {
      this.#vip.add(`revision ${revision - 1}: ticket ${this.#sold} was due a VIP seat and got none`);
      this.#seated = due; // Reported once, not for every later ticket.
    }
  }

  #assigned(
    { ticketNumber, seat }: { ticketNumber: number; seat: string },
    { seated }: Effect,
    revision: number,
  ): void {
    this.#seated++;
    if (this.#liveSeats.has(seat) || this.#model.onHold.isSeatHeld(seat)) {
      this.#vip.add(`revision ${revision}: ${seat} is given out twice`);
    }
    if (this.#isInOrder && this.#sold > this.#vipSeats) {
      this.#vip.add(`revision ${revision}: ticket ${ticketNumber} is not among the first ${this.#vipSeats}`);
    }
    this.#checkSeat(seat, revision);
    this.#liveSeats.add(seat);
    if (!seated) this.#vip.add(`revision ${revision}: ${seat} for a ticket that was not reserved`);
  }

  #cancelled({ released }: Effect): void {
    for (const { number, customerId, seat } of released) {
      this.#released++;
      this.#liveNumbers.delete(number);
      if (seat !== null) this.#liveSeats.delete(seat);
      const held = (this.#held.get(customerId) ?? 0) - 1;
      if (held > 0) this.#held.set(customerId, held);
      else this.#held.delete(customerId);
    }
  }
}
