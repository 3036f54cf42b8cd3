import type { ConcertEvent, PurchaseCancelled, TicketReserved, VipAssigned } from '../events/events.js';

export interface LiveTicket {
  readonly number: number;
  readonly customerId: string;
  seat: string | null;
}

/** The effect of an event on the tickets, computed independently of what the event states. */
export interface Effect {
  /** Tickets that went back on sale: all live tickets of the purchase; none if it was never made or already cancelled. */
  readonly released: readonly LiveTicket[];
  /** Whether a seat was assigned to a live ticket. */
  readonly seated: boolean;
}

const noEffect: Effect = { released: [], seated: false };
const seatGiven: Effect = { released: [], seated: true };

/**
 * An independent model of a concert, computed from its log alone. It shares no code with the deciders' state or the read models,
 * so that a mistake there cannot hide in the check. Memory: one entry per purchase.
 */
export class LogModel {
  readonly #purchases = new Map<string, readonly LiveTicket[]>();
  #capacity = 0;
  #live = 0;
  #vipLive = 0;

  get capacity(): number {
    return this.#capacity;
  }

  /** Tickets sold and not released. */
  get live(): number {
    return this.#live;
  }

  get vipLive(): number {
    return this.#vipLive;
  }

  get remaining(): number {
    return this.#capacity - this.#live;
  }

  /** Live tickets of a purchase; undefined if it was never made. */
  ticketsOf(purchaseId: string): readonly LiveTicket[] | undefined {
    return this.#purchases.get(purchaseId);
  }

  /** Applies the next event of the concert's stream. */
  add(event: ConcertEvent): Effect {
    switch (event.type) {
      case 'ConcertScheduled':
      case 'CapacityChanged':
        this.#capacity = event.data.capacity;
        return noEffect;
      case 'TicketReserved':
        return this.#reserve(event.data);
      case 'VipAssigned':
        return this.#seat(event.data);
      case 'PurchaseCancelled':
        return this.#release(event.data);
      default:
        return noEffect;
    }
  }

  #reserve({ purchaseId, ticketNumber: number, customerId }: TicketReserved['data']): Effect {
    const others = this.#purchases.get(purchaseId) ?? [];
    this.#purchases.set(purchaseId, [...others, { number, customerId, seat: null }]);
    this.#live += 1;
    return noEffect;
  }

  #seat({ purchaseId, ticketNumber, seat }: VipAssigned['data']): Effect {
    const ticket = this.#purchases.get(purchaseId)?.findLast(({ number }) => number === ticketNumber);
    if (ticket === undefined) return noEffect;
    if (ticket.seat === null) this.#vipLive += 1;
    ticket.seat = seat;
    return seatGiven;
  }

  #release({ purchaseId }: PurchaseCancelled['data']): Effect {
    const released = this.#purchases.get(purchaseId) ?? [];
    if (released.length === 0) return noEffect;
    this.#purchases.set(purchaseId, []);
    this.#live -= released.length;
    for (const { seat } of released) if (seat !== null) this.#vipLive -= 1;
    return { released, seated: false };
  }
}
