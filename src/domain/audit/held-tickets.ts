import type { ConcertEvent } from '../events/events.js';

interface OpenHold {
  readonly customerId: string;
  readonly quantity: number;
  readonly seats: number;
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

  add({ type, data }: ConcertEvent): HeldChange {
    switch (type) {
      case 'TicketsHeld':
        return this.#hold(data.holdId, { ...data, seats: data.seats.length });
      case 'HoldConfirmed':
      case 'LateConfirmationAccepted':
      case 'HoldReleased':
      case 'HoldExpired':
        return this.#end(data.holdId);
      default:
        return nothing;
    }
  }

  #hold(holdId: string, { customerId, quantity, seats }: OpenHold): HeldChange {
    this.#hasHolds = true;
    const { held, vipHeld } = this.#end(holdId);
    this.#open.set(holdId, { customerId, quantity, seats });
    this.#change(customerId, quantity);
    return { held: quantity + held, vipHeld: seats + vipHeld };
  }

  #end(holdId: string): HeldChange {
    const hold = this.#open.get(holdId);
    if (hold === undefined) return nothing;
    this.#open.delete(holdId);
    this.#change(hold.customerId, -hold.quantity);
    return { held: -hold.quantity, vipHeld: -hold.seats };
  }

  #change(customerId: string, more: number): void {
    this.#total += more;
    const held = this.of(customerId) + more;
    if (held === 0) this.#held.delete(customerId);
    else this.#held.set(customerId, held);
  }
}
