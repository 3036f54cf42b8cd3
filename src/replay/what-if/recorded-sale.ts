import { type Concert, emptyConcert, evolve } from '../../domain/concert.js';
import type { ScheduleConcert } from '../../domain/concert-commands.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import type { HoldEvent } from '../../domain/events/hold-events.js';
import type { EventStore } from '../../event-store/event-store.js';
import { readable } from '../time-travel/state-at.js';

/** The commands of a sale, read back from its log. Refused requests are not in the log. */
export type RecordedCommand =
  | { readonly kind: 'purchase'; readonly purchase: RecordedPurchase; readonly at: string }
  | { readonly kind: 'cancel'; readonly purchaseId: string; readonly at: string }
  | { readonly kind: 'capacity'; readonly capacity: number; readonly at: string }
  | { readonly kind: 'status'; readonly status: 'closed' | 'cancelled'; readonly at: string };

export interface RecordedPurchase {
  readonly purchaseId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly arrivedAt: string;
  readonly queueId?: string;
  /** The tickets that it got. */
  readonly tickets: readonly Got[];
}

export interface Got {
  readonly number: number;
  readonly seat: string | null;
}

export interface RecordedSale {
  readonly terms: ScheduleConcert;
  readonly scheduledAt: string;
  /** The commands in log order. */
  readonly commands: readonly RecordedCommand[];
  /** The state at the end. */
  readonly concert: Concert;
}

/**
 * Returns null for a concert that is not in the log. Memory: a concert's purchases.
 * @throws {EventStoreUnavailable}
 * @throws {UnreadableLog}
 */
export async function recordedSale(
  store: Pick<EventStore, 'read'>,
  concertId: string,
): Promise<RecordedSale | null> {
  const reading = new Reading(concertId);
  for await (const page of store.read(concertId, 0n)) {
    for (const recorded of page) reading.add(readable(recorded));
  }
  const { scheduled, commands, concert } = reading;
  return scheduled === null ? null : { ...scheduled, commands, concert };
}

class Reading {
  scheduled: Pick<RecordedSale, 'terms' | 'scheduledAt'> | null = null;
  readonly commands: RecordedCommand[] = [];
  concert: Concert;
  readonly #tickets = new Map<string, { number: number; seat: string | null }[]>();

  constructor(concertId: string) {
    this.concert = emptyConcert(concertId);
  }

  add(event: ConcertEvent): void {
    this.concert = evolve(this.concert, event);
    switch (event.type) {
      case 'ConcertScheduled': {
        const { scheduledAt, ...terms } = event.data;
        this.scheduled = { terms, scheduledAt };
        break;
      }
      case 'TicketReserved':
        this.#reserved(event.data);
        break;
      case 'VipAssigned':
        this.#seated(event.data);
        break;
      case 'PurchaseCancelled':
        this.commands.push({ kind: 'cancel', purchaseId: event.data.purchaseId, at: event.data.cancelledAt });
        break;
      case 'CapacityChanged':
        this.commands.push({ kind: 'capacity', capacity: event.data.capacity, at: event.data.changedAt });
        break;
      case 'HoldTermsChanged':
        break; // Purchases are decided without holds.
      case 'SalesClosed':
        this.commands.push({ kind: 'status', status: 'closed', at: event.data.closedAt });
        break;
      case 'ConcertCancelled':
        this.commands.push({ kind: 'status', status: 'cancelled', at: event.data.cancelledAt });
        break;
      default:
        event satisfies HoldEvent; // Confirmed holds are in the log as purchases too.
    }
  }

  #reserved(data: Extract<ConcertEvent, { type: 'TicketReserved' }>['data']): void {
    const { concertId: _, decidedAt: at, ticketNumber: number, ...asked } = data;
    const known = this.#tickets.get(asked.purchaseId);
    if (known !== undefined) {
      known.push({ number, seat: null });
      return;
    }
    const tickets = [{ number, seat: null }];
    this.#tickets.set(asked.purchaseId, tickets);
    this.commands.push({ kind: 'purchase', purchase: { ...asked, tickets }, at });
  }

  #seated({
    purchaseId,
    ticketNumber,
    seat,
  }: {
    purchaseId: string;
    ticketNumber: number;
    seat: string;
  }): void {
    const ticket = this.#tickets.get(purchaseId)?.find(({ number }) => number === ticketNumber);
    if (ticket !== undefined) ticket.seat = seat;
  }
}
