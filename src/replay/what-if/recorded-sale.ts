import { type Concert, emptyConcert, evolve } from '../../domain/concert.js';
import type { ScheduleConcert } from '../../domain/concert-commands.js';
import type { ConcertEvent, TicketReserved, VipAssigned } from '../../domain/events/events.js';
import type {
  HoldConfirmed,
  HoldEvent,
  TicketsHeld,
  WaitingListJoined,
} from '../../domain/events/hold-events.js';
import type { EventStore } from '../../event-store/event-store.js';
import { readable } from '../time-travel/state-at.js';
import type { Got, RecordedClaim, RecordedCommand, RecordedPurchase } from './recorded-command.js';

export interface RecordedSale {
  readonly terms: ScheduleConcert;
  readonly scheduledAt: string;
  /** The commands in log order. */
  readonly commands: readonly RecordedCommand[];
  /** Holds that expired. */
  readonly expired: number;
  /** The state at the end. */
  readonly concert: Concert;
}

/**
 * Returns null for a concert that is not in the log. Memory: a concert's purchases and holds.
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
  const { scheduled, commands, expired, concert } = reading;
  return scheduled === null ? null : { ...scheduled, commands, expired, concert };
}

interface Bought extends RecordedPurchase {
  idempotencyKey: string;
  readonly tickets: { readonly number: number; seat: Got['seat'] }[];
}

class Reading {
  scheduled: Pick<RecordedSale, 'terms' | 'scheduledAt'> | null = null;
  readonly commands: RecordedCommand[] = [];
  expired = 0;
  concert: Concert;
  readonly #purchases = new Map<string, Bought>();

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
      case 'HoldTermsChanged': {
        const { concertId: _, changedAt: at, ...terms } = event.data;
        this.commands.push({ kind: 'terms', ...terms, at });
        break;
      }
      case 'SalesClosed':
        this.commands.push({ kind: 'status', status: 'closed', at: event.data.closedAt });
        break;
      case 'ConcertCancelled':
        this.commands.push({ kind: 'status', status: 'cancelled', at: event.data.cancelledAt });
        break;
      default:
        this.commands.push(...this.#ofHold(event));
    }
  }

  /** The command by which an event of a hold came about, if it was one of a customer. */
  #ofHold(event: HoldEvent): readonly RecordedCommand[] {
    const { decidedAt: at } = event.data;
    switch (event.type) {
      case 'TicketsHeld':
        return event.data.reason === 'request' ? [{ kind: 'hold', claim: claimOf(event.data), at }] : [];
      case 'HoldExtended':
        return [{ kind: 'extend', holdId: event.data.holdId, at }];
      case 'HoldConfirmed':
      case 'LateConfirmationAccepted':
        return [this.#confirmed(event.data)];
      case 'HoldReleased':
        return [{ kind: 'release', holdId: event.data.holdId, at }];
      case 'HoldsExpired':
        this.expired += event.data.holdIds.length;
        return [{ kind: 'expiry', at }];
      case 'WaitingListJoined':
        return [{ kind: 'join', claim: claimOf(event.data), at }];
      case 'WaitingListLeft':
        return event.data.reason === 'request' ? [{ kind: 'leave', holdId: event.data.holdId, at }] : [];
    }
  }

  #confirmed({
    holdId: purchaseId,
    customerId,
    reference,
    arrivedAt,
    decidedAt: at,
  }: HoldConfirmed['data']): RecordedCommand {
    const purchase: Bought = { purchaseId, customerId, idempotencyKey: '', arrivedAt, tickets: [] };
    this.#purchases.set(purchaseId, purchase);
    return { kind: 'confirm', purchase, reference, at };
  }

  #reserved(data: TicketReserved['data']): void {
    const { concertId: _, decidedAt: at, ticketNumber: number, ...asked } = data;
    const known = this.#purchases.get(asked.purchaseId);
    if (known !== undefined) {
      known.idempotencyKey = asked.idempotencyKey;
      known.tickets.push({ number, seat: null });
      return;
    }
    const purchase: Bought = { ...asked, tickets: [{ number, seat: null }] };
    this.#purchases.set(asked.purchaseId, purchase);
    this.commands.push({ kind: 'purchase', purchase, at });
  }

  #seated({ purchaseId, ticketNumber, seat }: VipAssigned['data']): void {
    const ticket = this.#purchases.get(purchaseId)?.tickets.find(({ number }) => number === ticketNumber);
    if (ticket !== undefined) ticket.seat = seat;
  }
}

const claimOf = ({
  holdId,
  customerId,
  idempotencyKey,
  quantity,
  arrivedAt,
}: WaitingListJoined['data'] | TicketsHeld['data']): RecordedClaim => ({
  ...{ holdId, customerId, idempotencyKey, quantity, arrivedAt },
});
