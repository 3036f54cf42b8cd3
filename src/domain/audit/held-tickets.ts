import type { ConcertEvent } from '../events/events.js';

interface OpenHold {
  readonly customerId: string;
  readonly quantity: number;
}

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

  add({ type, data }: ConcertEvent): void {
    if (type === 'TicketsHeld') this.#hold(data.holdId, data);
    else if (type === 'HoldConfirmed' || type === 'HoldReleased' || type === 'HoldExpired')
      this.#end(data.holdId);
  }

  #hold(holdId: string, { customerId, quantity }: OpenHold): void {
    this.#hasHolds = true;
    this.#end(holdId);
    this.#open.set(holdId, { customerId, quantity });
    this.#change(customerId, quantity);
  }

  #end(holdId: string): void {
    const hold = this.#open.get(holdId);
    if (hold === undefined) return;
    this.#open.delete(holdId);
    this.#change(hold.customerId, -hold.quantity);
  }

  #change(customerId: string, more: number): void {
    this.#total += more;
    const held = this.of(customerId) + more;
    if (held === 0) this.#held.delete(customerId);
    else this.#held.set(customerId, held);
  }
}
