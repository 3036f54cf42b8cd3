import type { OpenHold } from '../../domain/audit/held-tickets.js';
import { LogModel } from '../../domain/audit/log-model.js';
import { type ConcertEvent, type TicketReserved, timeOf } from '../../domain/events/events.js';
import type { HoldsExpired } from '../../domain/events/hold-events.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import { expiriesSentence, expirySentence, purchaseSentence, type Sold, sentenceOf } from './sentences.js';

/** One event, or the events of one purchase, in a sentence. */
export interface StoryEntry {
  readonly concertId: string;
  /** When it happened, by the service's clock; when it was recorded, for an event without a time of its own. ISO 8601. */
  readonly at: string;
  /** Revisions of the first and last event of the sentence. */
  readonly from: bigint;
  readonly to: bigint;
  readonly sentence: string;
}

export interface Interest {
  /** A purchase, or the hold or place in the waiting list that may have become it. */
  readonly purchaseId?: string;
  readonly customerId?: string;
  readonly ticketNumber?: number;
}

/** The note at the end of every story. */
export const refusalsAreNotRecorded =
  'Refusals are not in the log, so it cannot show who was refused, and why.';

interface Purchase {
  readonly data: TicketReserved['data'];
  readonly from: bigint;
  to: bigint;
  readonly tickets: Sold[];
}

/**
 * Tells the story of a concert, or of one purchase, customer or ticket in it: events in, sentences out, the events of one
 * purchase in one sentence.
 */
export async function* tellStory(
  pages: AsyncIterable<readonly RecordedEvent[]>,
  interest: Interest = {},
): AsyncGenerator<StoryEntry> {
  const teller = new Teller(interest);
  for await (const page of pages) {
    for (const recorded of page) yield* teller.tell(recorded);
  }
  yield* teller.rest();
}

class Teller {
  readonly #model = new LogModel();
  #purchase: Purchase | null = null;
  #isInvolved = false;

  constructor(private readonly interest: Interest) {}

  *tell(recorded: RecordedEvent): Generator<StoryEntry> {
    const { decoded, revision } = recorded;
    if (!decoded.ok) {
      yield* this.rest();
      const problem = `An event that this version cannot read was recorded: ${decoded.problem}.`;
      yield this.#told(recorded, recorded.recordedAt.toISOString(), problem);
      return;
    }
    const { event } = decoded;
    if (!this.#goesOn(event)) yield* this.rest();
    const { holds } = this.#model.before(event);
    this.#model.add(event);
    if (event.type === 'HoldsExpired') yield* this.#expired(recorded, event.data, holds);
    else if (event.type === 'TicketReserved') this.#reserve(revision, event.data);
    else if (event.type === 'VipAssigned') this.#seat(revision, event.data);
    else if (this.#isWanted(event))
      yield this.#told(recorded, timeOf(event) ?? recorded.recordedAt.toISOString(), sentenceOf(event));
  }

  /** The sentence of the last purchase, whose events may go on until the log ends. */
  *rest(): Generator<StoryEntry> {
    const purchase = this.#purchase;
    this.#purchase = null;
    if (purchase === null) return;
    const { data, tickets, from, to } = purchase;
    const isWanted =
      isOf(this.interest, data) &&
      (this.interest.ticketNumber === undefined ||
        tickets.some(({ number }) => number === this.interest.ticketNumber));
    if (!isWanted) return;
    this.#isInvolved = true;
    const sentence = purchaseSentence(data, tickets, this.#model.live >= this.#model.capacity);
    yield { concertId: data.concertId, at: data.decidedAt, from, to, sentence };
  }

  #goesOn(event: ConcertEvent): boolean {
    const isSale = event.type === 'TicketReserved' || event.type === 'VipAssigned';
    return isSale && event.data.purchaseId === this.#purchase?.data.purchaseId;
  }

  #reserve(revision: bigint, data: Purchase['data']): void {
    const ticket = { number: data.ticketNumber, seat: null };
    if (this.#purchase === null) this.#purchase = { data, from: revision, to: revision, tickets: [ticket] };
    else {
      this.#purchase.tickets.push(ticket);
      this.#purchase.to = revision;
    }
  }

  #seat(revision: bigint, { ticketNumber, seat }: { ticketNumber: number; seat: string }): void {
    const ticket = this.#purchase?.tickets.find(({ number }) => number === ticketNumber);
    if (this.#purchase === null || ticket === undefined) return;
    ticket.seat = seat;
    this.#purchase.to = revision;
  }

  /**
   * Every customer who had bought gets a sentence about the concert's cancellation; its other events are in the concert's own
   * story alone.
   */
  #isWanted(event: ConcertEvent): boolean {
    if ('holdId' in event.data) return this.#isWantedHold(event.data);
    if (event.type !== 'PurchaseCancelled') {
      const isWholeStory = Object.keys(this.interest).length === 0;
      return isWholeStory || (this.#isInvolved && event.type === 'ConcertCancelled');
    }
    const { ticketNumber } = this.interest;
    return (
      isOf(this.interest, event.data) &&
      (ticketNumber === undefined || event.data.ticketNumbers.includes(ticketNumber))
    );
  }

  /** One sentence for a crowd in the story of the concert; of one customer or hold, a sentence for each. */
  *#expired(
    recorded: RecordedEvent,
    data: HoldsExpired['data'],
    holds: ReadonlyMap<string, OpenHold>,
  ): Generator<StoryEntry> {
    if (Object.keys(this.interest).length === 0 && data.holdIds.length > 1) {
      yield this.#told(recorded, data.decidedAt, expiriesSentence(data));
      return;
    }
    for (const [holdId, hold] of holds) {
      if (!this.#isWantedHold({ holdId, customerId: hold.customerId })) continue;
      yield this.#told(recorded, data.decidedAt, expirySentence(holdId, hold));
    }
  }

  #isWantedHold({ holdId: purchaseId, customerId }: { holdId: string; customerId: string }): boolean {
    const isWanted =
      this.interest.ticketNumber === undefined && isOf(this.interest, { purchaseId, customerId });
    if (isWanted) this.#isInvolved = true;
    return isWanted;
  }

  #told({ concertId, revision }: RecordedEvent, at: string, sentence: string): StoryEntry {
    return { concertId, at, from: revision, to: revision, sentence };
  }
}

function isOf(
  { purchaseId, customerId }: Interest,
  data: { readonly purchaseId: string; readonly customerId: string },
): boolean {
  if (purchaseId !== undefined && purchaseId !== data.purchaseId) return false;
  return customerId === undefined || customerId === data.customerId;
}
