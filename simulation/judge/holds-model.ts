import type { HoldEvent, OneHoldEvent } from '../../src/domain/events/hold-events.js';

/** A hold as the log has it. */
export interface HoldRecord {
  readonly holdId: string;
  readonly customer: string;
  readonly quantity: number;
  readonly reason: 'request' | 'offer';
  /** In ms since 1970. */
  expiresAt: number;
  status: 'open' | 'confirmed' | 'released' | 'expired';
  reference: string | null;
  /** Revision of the confirmation, which may be a late one. */
  confirmedAt: bigint | null;
  /** Revision of the event that ended it. */
  endedAt: bigint | null;
}

interface Place {
  readonly holdId: string;
  readonly customer: string;
  readonly quantity: number;
}

interface Stock {
  /** Neither sold nor held. */
  readonly free: number;
  /** Tickets that the customer may still have. */
  readonly mayHave: (customer: string) => number;
}

/** What an event changes for a customer: how many tickets more or less are held. */
type HeldChange = { readonly customer: string; readonly tickets: number };

/** The rules of holds and of the waiting list, a second time; see `SaleModel`. */
export class HoldsModel {
  readonly holds = new Map<string, HoldRecord>();
  /** In order of joining. */
  readonly waiting: Place[] = [];
  #held = 0;
  /** Confirmed in the append that is being read: tickets that must still follow in it. */
  readonly #awaited = new Map<string, number>();

  constructor(private readonly broken: (invariant: string, what: string) => void) {}

  /** Tickets on hold. */
  get held(): number {
    return this.#held;
  }

  take(event: HoldEvent, revision: bigint, stock: Stock): readonly HeldChange[] {
    if (event.type !== 'HoldsExpired') return this.#takeOne(event, revision, stock);
    return event.data.holdIds.flatMap((holdId) => this.#end(this.holds.get(holdId), 'expired', revision));
  }

  #takeOne({ type, data }: OneHoldEvent, revision: bigint, stock: Stock): readonly HeldChange[] {
    const { holdId, customerId: customer } = data;
    const hold = this.holds.get(holdId);
    switch (type) {
      case 'TicketsHeld': {
        const { quantity, reason, expiresAt } = data;
        if (hold !== undefined) this.broken('I8', `hold ${holdId} begins again at revision ${revision}`);
        if (reason === 'offer') this.#offered(holdId, stock, revision);
        else this.publicTakes(stock, revision);
        this.holds.set(holdId, {
          ...{ holdId, customer, quantity, reason, expiresAt: Date.parse(expiresAt), status: 'open' },
          ...{ reference: null, confirmedAt: null, endedAt: null },
        });
        this.#held += quantity;
        return [{ customer, tickets: quantity }];
      }
      case 'HoldExtended':
        if (hold?.status !== 'open') this.broken('I13', `hold ${holdId} is extended, though it is not open`);
        else hold.expiresAt = Date.parse(data.expiresAt);
        return [];
      case 'HoldConfirmed':
        this.#confirmed(hold, data.reference, data.quantity, revision);
        return this.#end(hold, 'confirmed', revision);
      case 'LateConfirmationAccepted':
        if (hold?.status !== 'expired') this.broken('I13', `hold ${holdId} is late, and did not expire`);
        this.publicTakes(stock, revision);
        this.#confirmed(hold, data.reference, data.quantity, revision);
        return [];
      case 'HoldReleased':
        return this.#end(hold, 'released', revision);
      case 'WaitingListJoined':
        this.waiting.push({ holdId, customer, quantity: data.quantity });
        return [];
      case 'WaitingListLeft':
        if (!this.#leave(holdId)) this.broken('I15', `${customer} leaves a list without being in it`);
        return [];
    }
  }

  /** A ticket of a purchase; whether it is one of a hold. */
  ticketOf(purchaseId: string): boolean {
    const awaited = this.#awaited.get(purchaseId);
    if (awaited !== undefined) this.#awaited.set(purchaseId, awaited - 1);
    return awaited !== undefined;
  }

  /** What somebody takes who did not wait must be wanted by nobody who waits. */
  publicTakes(stock: Stock, revision: bigint): void {
    const place = this.waiting.find((each) => fits(each, stock));
    if (place !== undefined)
      this.broken('I15', `revision ${revision} takes what ${place.customer} waits for`);
  }

  /** @param events in the append that has been read */
  endOfAppend(stock: Stock, events: number, revision: bigint): void {
    for (const [holdId, tickets] of this.#awaited)
      if (tickets !== 0)
        this.broken('I13', `hold ${holdId} is confirmed with ${tickets} tickets too few at ${revision}`);
    this.#awaited.clear();
    if (events >= mostInAppend) return;
    const place = this.waiting.find((each) => fits(each, stock));
    if (place !== undefined)
      this.broken('I15', `${place.customer} is not offered what is free after revision ${revision}`);
  }

  #offered(holdId: string, stock: Stock, revision: bigint): void {
    const at = this.waiting.findIndex((place) => place.holdId === holdId);
    const before = this.waiting.slice(0, at).find((place) => fits(place, stock));
    if (at < 0) this.broken('I15', `an offer at ${revision} to somebody who does not wait`);
    if (before !== undefined)
      this.broken('I15', `an offer at ${revision} passes over ${before.customer}, who waits for longer`);
    this.#leave(holdId);
  }

  #leave(holdId: string): boolean {
    const at = this.waiting.findIndex((place) => place.holdId === holdId);
    if (at >= 0) this.waiting.splice(at, 1);
    return at >= 0;
  }

  #confirmed(hold: HoldRecord | undefined, reference: string, quantity: number, revision: bigint): void {
    if (hold === undefined || hold.quantity !== quantity || hold.reference !== null) {
      this.broken('I13', `a confirmation at ${revision} of no hold, of others, or for the second time`);
      return;
    }
    hold.reference = reference;
    hold.confirmedAt = revision;
    this.#awaited.set(hold.holdId, quantity);
  }

  #end(hold: HoldRecord | undefined, as: HoldRecord['status'], revision: bigint): readonly HeldChange[] {
    if (hold?.status !== 'open') {
      this.broken('I13', `a hold ends as ${as} at ${revision}, and is ${hold?.status ?? 'unknown'}`);
      return [];
    }
    hold.status = as;
    hold.endedAt = revision;
    this.#held -= hold.quantity;
    return [{ customer: hold.customer, tickets: -hold.quantity }];
  }
}

/** An append of so many events may leave offers to the next. */
const mostInAppend = 200;

const fits = ({ customer, quantity }: Place, { free, mayHave }: Stock): boolean =>
  quantity <= free && quantity <= mayHave(customer);
