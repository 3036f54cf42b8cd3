import { type ConcertEvent, claimIdsOf } from '../events/events.js';
import { endsHolds, type HoldReason } from '../events/hold-events.js';

/** An open hold, by its last TicketsHeld and the extensions since. */
export interface OpenHold {
  readonly customerId: string;
  readonly quantity: number;
  readonly seats: readonly string[];
  readonly reason: HoldReason;
  /** When it began. ISO 8601. */
  readonly decidedAt: string;
  readonly expiresAt: string;
}

/** What an event changes of the tickets and VIP seats that are held. */
export interface HeldChange {
  readonly held: number;
  readonly vipHeld: number;
}

const nothing: HeldChange = { held: 0, vipHeld: 0 };

/** The tickets on hold, from the events alone: it shares no code with the deciders' state. Memory: one entry per open hold. */
export class HeldTickets {
  readonly #open = new Map<string, OpenHold>();
  readonly #held = new Map<string, number>();
  /** The hold that has a VIP seat. */
  readonly #bySeat = new Map<string, string>();
  #total = 0;
  #hasHolds = false;

  get total(): number {
    return this.#total;
  }

  /** Whether any ticket was ever held. */
  get hasHolds(): boolean {
    return this.#hasHolds;
  }

  of(customerId: string): number {
    return this.#held.get(customerId) ?? 0;
  }

  get(holdId: string): OpenHold | undefined {
    return this.#open.get(holdId);
  }

  isSeatHeld(seat: string): boolean {
    return this.#bySeat.has(seat);
  }

  add(event: ConcertEvent): HeldChange {
    if (event.type === 'TicketsHeld') return this.#hold(event.data.holdId, event.data);
    if (event.type === 'HoldExtended') return this.#extend(event.data.holdId, event.data.expiresAt);
    return endsHolds(event) ? this.#endAll(claimIdsOf(event)) : nothing;
  }

  #hold(holdId: string, hold: OpenHold): HeldChange {
    const { customerId, quantity, seats, reason, decidedAt, expiresAt } = hold;
    this.#hasHolds = true;
    const { held, vipHeld } = this.#end(holdId);
    this.#open.set(holdId, { customerId, quantity, seats, reason, decidedAt, expiresAt });
    for (const seat of seats) this.#bySeat.set(seat, holdId);
    this.#change(customerId, quantity);
    return { held: quantity + held, vipHeld: seats.length + vipHeld };
  }

  #extend(holdId: string, expiresAt: string): HeldChange {
    const hold = this.#open.get(holdId);
    if (hold !== undefined) this.#open.set(holdId, { ...hold, expiresAt });
    return nothing;
  }

  #end(holdId: string): HeldChange {
    const hold = this.#open.get(holdId);
    if (hold === undefined) return nothing;
    this.#open.delete(holdId);
    for (const seat of hold.seats) if (this.#bySeat.get(seat) === holdId) this.#bySeat.delete(seat);
    this.#change(hold.customerId, -hold.quantity);
    return { held: -hold.quantity, vipHeld: -hold.seats.length };
  }

  #endAll(holdIds: readonly string[]): HeldChange {
    const sum = { held: 0, vipHeld: 0 };
    for (const holdId of holdIds) {
      const { held, vipHeld } = this.#end(holdId);
      sum.held += held;
      sum.vipHeld += vipHeld;
    }
    return sum;
  }

  #change(customerId: string, more: number): void {
    this.#total += more;
    const held = this.of(customerId) + more;
    if (held === 0) this.#held.delete(customerId);
    else this.#held.set(customerId, held);
  }
}
