import {
  type ConcertEvent,
  claimIdsOf,
  type PurchaseCancelled,
  type TicketReserved,
  type VipAssigned,
} from '../events/events.js';
import { noChange, type StockChange } from '../tickets/stock-change.js';
import { HeldTickets, type OpenHold } from './held-tickets.js';

export interface LiveTicket {
  readonly number: number;
  readonly customerId: string;
  seat: string | null;
}

/** The effect of an event on the tickets, computed independently of what the event states. */
export interface Effect extends StockChange {
  /** Tickets that went back on sale: all live tickets of the purchase; none if it was never made or already cancelled. */
  readonly released: readonly LiveTicket[];
  /** Whether a seat was assigned to a live ticket. */
  readonly seated: boolean;
}

/** What the model knows of the tickets that an event is about, before the event. */
export interface Before {
  readonly capacity: number;
  /** Live tickets of the event's purchase; undefined when there is no such purchase. */
  readonly tickets: readonly LiveTicket[] | undefined;
  /** Those of the event's holds that are open. */
  readonly holds: ReadonlyMap<string, OpenHold>;
}

const noEffect: Effect = { released: [], seated: false, ...noChange };
const ticketSold: Effect = { ...noEffect, sold: 1 };
const seatGiven: Effect = { ...noEffect, seated: true, vipSold: 1 };
const seatGivenAgain: Effect = { ...noEffect, seated: true };

/**
 * An independent model of a concert, computed from its log alone. It shares no code with the deciders' state or the read models,
 * so that a mistake there cannot hide in the check. Memory: one entry per purchase and open hold.
 */
export class LogModel {
  readonly #purchases = new Map<string, readonly LiveTicket[]>();
  readonly #onHold = new HeldTickets();
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

  get onHold(): Pick<HeldTickets, 'total' | 'hasHolds' | 'of' | 'isSeatHeld'> {
    return this.#onHold;
  }

  /** Tickets neither sold nor held. */
  get remaining(): number {
    return this.#capacity - this.#live - this.#onHold.total;
  }

  /** To be called before `add`. */
  before(event: ConcertEvent): Before {
    const { data } = event;
    return {
      capacity: this.#capacity,
      tickets: 'purchaseId' in data ? this.#purchases.get(data.purchaseId) : undefined,
      holds: this.#openOf(claimIdsOf(event)),
    };
  }

  #openOf(holdIds: readonly string[]): ReadonlyMap<string, OpenHold> {
    const open = new Map<string, OpenHold>();
    for (const holdId of holdIds) {
      const hold = this.#onHold.get(holdId);
      if (hold !== undefined) open.set(holdId, hold);
    }
    return open;
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
        return { ...noEffect, ...this.#onHold.add(event) };
    }
  }

  #reserve({ purchaseId, ticketNumber: number, customerId }: TicketReserved['data']): Effect {
    const others = this.#purchases.get(purchaseId) ?? [];
    this.#purchases.set(purchaseId, [...others, { number, customerId, seat: null }]);
    this.#live += 1;
    return ticketSold;
  }

  #seat({ purchaseId, ticketNumber, seat }: VipAssigned['data']): Effect {
    const ticket = this.#purchases.get(purchaseId)?.findLast(({ number }) => number === ticketNumber);
    if (ticket === undefined) return noEffect;
    const isFirst = ticket.seat === null;
    ticket.seat = seat;
    if (!isFirst) return seatGivenAgain;
    this.#vipLive += 1;
    return seatGiven;
  }

  #release({ purchaseId }: PurchaseCancelled['data']): Effect {
    const released = this.#purchases.get(purchaseId) ?? [];
    if (released.length === 0) return noEffect;
    this.#purchases.set(purchaseId, []);
    const seats = released.filter(({ seat }) => seat !== null).length;
    this.#live -= released.length;
    this.#vipLive -= seats;
    return { ...noEffect, released, sold: -released.length, vipSold: -seats };
  }
}
