import { type ConcertEvent, claimIdsOf, type TicketReserved } from '../events/events.js';
import {
  type HoldConfirmed,
  type HoldReturn,
  isReturn,
  type ReturnedAs,
  returnedAs,
  type TicketsHeld,
  type WaitingListLeft,
} from '../events/hold-events.js';
import { type Finding, notApplicable, Tally } from './findings.js';

interface Claim {
  status: 'waiting' | 'open' | 'confirmed' | ReturnedAs | 'left';
  readonly customerId: string;
  readonly key: string;
  readonly quantity: number;
  readonly seats: readonly string[];
}

/** A confirmation whose tickets are being read. */
interface Confirming {
  readonly data: HoldConfirmed['data'];
  readonly key: string;
  /** The seats that the tickets must get; null if they get what is left. */
  readonly seats: readonly string[] | null;
  readonly given: string[];
  sold: number;
}

/**
 * Checks that each hold begins and ends once, and that a confirmed one is exactly its tickets: as many, for its customer, with the
 * seats that were held, right after the confirmation. Memory: one entry per hold and place in the waiting list.
 */
export class HoldEnds {
  readonly #tally = new Tally();
  readonly #known = new Map<string, Claim>();
  #confirming: Confirming | null = null;
  #holds = 0;

  add(event: ConcertEvent, revision: number): void {
    const confirming = this.#confirming;
    const isOfIt = 'purchaseId' in event.data && event.data.purchaseId === confirming?.data.holdId;
    if (confirming !== null && isOfIt && event.type === 'TicketReserved') {
      this.#ticket(confirming, event.data, revision);
    } else if (confirming !== null && isOfIt && event.type === 'VipAssigned') {
      confirming.given.push(event.data.seat);
    } else {
      for (const problem of problemsOf(confirming)) this.#tally.add(problem);
      this.#confirming = null;
      this.#take(event, revision);
    }
  }

  finding(): Finding {
    if (this.#known.size + this.#tally.violations === 0) return notApplicable('I13', 'nothing was held');
    for (const problem of problemsOf(this.#confirming)) this.#tally.add(problem);
    this.#confirming = null;
    return this.#tally.finding('I13', `${this.#holds} holds`);
  }

  #take(event: ConcertEvent, revision: number): void {
    switch (event.type) {
      case 'WaitingListJoined':
        this.#begin(event.data, 'waiting', [], revision);
        break;
      case 'WaitingListLeft':
        this.#leave(event.data, revision);
        break;
      case 'TicketsHeld':
        this.#hold(event.data, revision);
        break;
      case 'HoldExtended':
        this.#expect(event.data, 'open', `revision ${revision}: it is extended`);
        break;
      case 'HoldConfirmed':
        this.#confirm(event.data, 'open', revision);
        break;
      case 'LateConfirmationAccepted':
        this.#confirm(event.data, 'expired', revision);
        break;
      case 'TicketReserved':
        this.#sold(event.data, revision);
        break;
      default:
        if (isReturn(event)) this.#return(event, revision);
    }
  }

  #hold(data: TicketsHeld['data'], revision: number): void {
    this.#holds += 1;
    const known = this.#known.get(data.holdId);
    const place = known?.status === 'waiting' && data.reason === 'offer' ? known : undefined;
    if (place !== undefined && (place.customerId !== data.customerId || place.quantity !== data.quantity)) {
      this.#tally.add(
        `revision ${revision}: hold ${data.holdId} is for another customer or number than waited`,
      );
    }
    if (place !== undefined) this.#known.delete(data.holdId);
    this.#begin(data, 'open', data.seats, revision);
  }

  #begin(
    {
      holdId,
      customerId,
      idempotencyKey: key,
      quantity,
    }: Omit<TicketsHeld['data'], 'seats' | 'expiresAt' | 'reason'>,
    status: 'waiting' | 'open',
    seats: readonly string[],
    revision: number,
  ): void {
    const before = this.#known.get(holdId);
    if (before !== undefined) {
      this.#tally.add(`revision ${revision}: hold ${holdId}, which is ${before.status}, begins again`);
    }
    this.#known.set(holdId, { status, customerId, key, quantity, seats });
  }

  #leave(data: WaitingListLeft['data'], revision: number): void {
    const known = this.#expect(data, 'waiting', `revision ${revision}: it left the waiting list`);
    if (known !== undefined) known.status = 'left';
  }

  #return(event: HoldReturn, revision: number): void {
    const as = returnedAs(event);
    const { quantity, seats } = event.data;
    const customer = 'customerId' in event.data ? { customerId: event.data.customerId } : {};
    let tickets = 0;
    const given: string[] = [];
    for (const holdId of claimIdsOf(event)) {
      const known = this.#expect({ holdId, ...customer }, 'open', `revision ${revision}: it is ${as}`);
      if (known === undefined) continue;
      known.status = as;
      tickets += known.quantity;
      given.push(...known.seats);
    }
    if (tickets === quantity && given.join() === seats.join()) return;
    this.#tally.add(
      `revision ${revision}: holds of ${tickets} tickets and seats [${given}] are ${as} as ${quantity} and [${seats}]`,
    );
  }

  #confirm(data: HoldConfirmed['data'], due: 'open' | 'expired', revision: number): void {
    const known = this.#expect(data, due, `revision ${revision}: it is confirmed`);
    if (known === undefined) return;
    known.status = 'confirmed';
    if (known.quantity !== data.quantity) {
      this.#tally.add(
        `revision ${revision}: hold ${data.holdId} is confirmed for ${data.quantity}, and had ${known.quantity}`,
      );
    }
    const seats = due === 'open' ? known.seats : null;
    this.#confirming = { data, key: known.key, seats, given: [], sold: 0 };
  }

  #ticket(confirming: Confirming, ticket: TicketReserved['data'], revision: number): void {
    const { data, key } = confirming;
    confirming.sold += 1;
    const isOfHold =
      ticket.customerId === data.customerId &&
      ticket.idempotencyKey === key &&
      ticket.arrivedAt === data.arrivedAt &&
      ticket.decidedAt === data.decidedAt;
    if (!isOfHold)
      this.#tally.add(`revision ${revision}: ticket ${ticket.ticketNumber} differs from its hold`);
  }

  /** A sale that follows no confirmation. */
  #sold({ purchaseId, ticketNumber }: TicketReserved['data'], revision: number): void {
    const known = this.#known.get(purchaseId);
    if (known === undefined) return;
    this.#tally.add(
      `revision ${revision}: ticket ${ticketNumber} is sold to hold ${purchaseId}, which is ${known.status}`,
    );
  }

  /** @returns the hold, if it is what it must be */
  #expect(
    { holdId, customerId }: { readonly holdId: string; readonly customerId?: string },
    status: Claim['status'],
    what: string,
  ): Claim | undefined {
    const known = this.#known.get(holdId);
    if (known?.status === status && known.customerId === (customerId ?? known.customerId)) return known;
    const is = known?.status ?? 'unknown';
    const whose = known?.status === status ? 'of another customer' : is;
    this.#tally.add(`${what} and was ${whose}: hold ${holdId}`);
    return undefined;
  }
}

function* problemsOf(confirming: Confirming | null): Generator<string> {
  if (confirming === null) return;
  const { data, seats, given, sold } = confirming;
  if (sold !== data.quantity) {
    yield `hold ${data.holdId} was confirmed for ${data.quantity} tickets and got ${sold}`;
  }
  if (seats !== null && seats.join() !== given.join()) {
    yield `hold ${data.holdId} had seats [${seats.join()}] and got [${given.join()}]`;
  }
}
