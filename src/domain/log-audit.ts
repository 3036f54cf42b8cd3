import type { ConcertEvent } from './events.js';
import { type Finding, notApplicable, Tally } from './findings.js';

interface LiveTicket {
  readonly number: number;
  readonly customerId: string;
  seat: string | null;
}

/**
 * Checks what a concert's log alone can show: I1 to I4 and I8. Keeps its own plain books rather than the deciders' state,
 * so that a mistake there cannot hide itself here. Memory: one entry per purchase.
 */
export class LogAudit {
  readonly #oversold = new Tally();
  readonly #numbers = new Tally();
  readonly #vip = new Tally();
  readonly #limits = new Tally();
  readonly #keys = new Tally();
  readonly #purchases = new Map<string, LiveTicket[]>();
  readonly #keyOf = new Map<string, string>();
  readonly #liveNumbers = new Set<number>();
  readonly #liveSeats = new Set<string>();
  readonly #held = new Map<string, number>();
  #capacity = 0;
  #vipSeats = 0;
  #limit = 1;
  #live = 0;
  #sold = 0;
  #seated = 0;
  #released = 0;
  #events = 0;
  #inPurchase = '';

  /** The next event of the concert's stream. */
  add(event: ConcertEvent): void {
    const revision = this.#events++;
    switch (event.type) {
      case 'ConcertScheduled':
        this.#capacity = event.data.capacity;
        this.#vipSeats = event.data.vipSeats;
        this.#limit = event.data.ticketsPerCustomer;
        break;
      case 'CapacityChanged':
        this.#capacity = event.data.capacity;
        break;
      case 'TicketReserved':
        this.#reserved(event.data, revision);
        break;
      case 'VipAssigned':
        this.#assigned(event.data, revision);
        break;
      case 'PurchaseCancelled':
        this.#cancelled(event.data.purchaseId);
        break;
      default:
        break;
    }
    this.#inPurchase =
      event.type === 'TicketReserved' || event.type === 'VipAssigned' ? event.data.purchaseId : '';
  }

  get live(): number {
    return this.#live;
  }

  get vipLive(): number {
    return this.#liveSeats.size;
  }

  findings(): readonly Finding[] {
    const sold = `${this.#sold} tickets sold, ${this.#released} released`;
    return [
      this.#oversold.finding(
        'I1',
        'tickets sold and not released ≤ capacity',
        `${sold}, capacity ${this.#capacity}`,
      ),
      this.#numbers.finding(
        'I2',
        'live ticket numbers are unique, and without a release 1…n with no gap',
        sold,
      ),
      this.#vipFinding(),
      this.#limits.finding(
        'I4',
        "no customer holds more than the concert's limit",
        `${this.#held.size} customers, limit ${this.#limit}`,
      ),
      this.#keys.finding('I8', 'an idempotency key never buys twice', `${this.#keyOf.size} keys`),
    ];
  }

  #vipFinding(): Finding {
    const claim = 'without a release, VIP seats went to exactly the first tickets in log order';
    if (this.#vipSeats === 0) return notApplicable('I3', claim, 'the concert has no VIP seats');
    this.#checkVipOfPrevious(this.#events);
    const checked = `${this.#seated} VIP seats given out of ${this.#vipSeats}`;
    return this.#vip.finding(
      'I3',
      claim,
      this.#released === 0 ? checked : `${checked}, seats live once at a time`,
    );
  }

  #reserved(
    data: { purchaseId: string; customerId: string; ticketNumber: number; idempotencyKey: string },
    revision: number,
  ): void {
    const { purchaseId, customerId, ticketNumber, idempotencyKey } = data;
    this.#checkVipOfPrevious(revision);
    this.#sold++;
    this.#live++;
    if (this.#live > this.#capacity) {
      this.#oversold.add(
        `revision ${revision}: ${this.#live} live tickets for a capacity of ${this.#capacity}`,
      );
    }
    if (this.#liveNumbers.has(ticketNumber)) {
      this.#numbers.add(`revision ${revision}: ticket ${ticketNumber} is live twice`);
    } else if (this.#released === 0 && ticketNumber !== this.#sold) {
      this.#numbers.add(`revision ${revision}: ticket ${ticketNumber} where ${this.#sold} was next`);
    }
    this.#liveNumbers.add(ticketNumber);
    const held = (this.#held.get(customerId) ?? 0) + 1;
    this.#held.set(customerId, held);
    if (held > this.#limit) this.#limits.add(`revision ${revision}: ${customerId} holds ${held}`);
    this.#checkKey(purchaseId, idempotencyKey, revision);
    const ticket: LiveTicket = { number: ticketNumber, customerId, seat: null };
    const others = this.#purchases.get(purchaseId);
    if (others === undefined) this.#purchases.set(purchaseId, [ticket]);
    else others.push(ticket);
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

  /** Called before each further ticket: the one before it was due a VIP seat if it was among the first. */
  #checkVipOfPrevious(revision: number): void {
    if (this.#released > 0 || this.#sold === 0) return;
    const due = Math.min(this.#sold, this.#vipSeats);
    if (this.#seated < due) {
      this.#vip.add(`revision ${revision - 1}: ticket ${this.#sold} was due a VIP seat and got none`);
      this.#seated = due; // Told once, not for every ticket that follows.
    }
  }

  #assigned(data: { purchaseId: string; ticketNumber: number; seat: string }, revision: number): void {
    const { purchaseId, ticketNumber, seat } = data;
    this.#seated++;
    if (this.#liveSeats.has(seat)) this.#vip.add(`revision ${revision}: ${seat} is given out twice`);
    if (this.#released === 0 && this.#sold > this.#vipSeats) {
      this.#vip.add(`revision ${revision}: ticket ${ticketNumber} is not among the first ${this.#vipSeats}`);
    }
    this.#liveSeats.add(seat);
    const ticket = this.#purchases.get(purchaseId)?.find(({ number }) => number === ticketNumber);
    if (ticket === undefined)
      this.#vip.add(`revision ${revision}: ${seat} for a ticket that was not reserved`);
    else ticket.seat = seat;
  }

  #cancelled(purchaseId: string): void {
    const tickets = this.#purchases.get(purchaseId) ?? [];
    this.#purchases.set(purchaseId, []);
    for (const { number, customerId, seat } of tickets) {
      this.#live--;
      this.#released++;
      this.#liveNumbers.delete(number);
      if (seat !== null) this.#liveSeats.delete(seat);
      const held = (this.#held.get(customerId) ?? 0) - 1;
      if (held > 0) this.#held.set(customerId, held);
      else this.#held.delete(customerId);
    }
  }
}
