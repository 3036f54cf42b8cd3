import type { ConcertEvent } from '../../domain/events.js';
import { type ExpectedRow, expectedRow, millisecondsOf } from './row.js';

interface Ticket {
  readonly revision: bigint;
  readonly number: number;
  readonly customerId: string;
  readonly purchaseId: string;
  readonly reservedAt: string;
  seat: string | null;
  releasedAt: string | null;
}

/** The rows of `tickets`: one for every TicketReserved. */
export class ExpectedTickets {
  readonly #tickets: Ticket[] = [];
  readonly #ofPurchase = new Map<string, Ticket[]>();

  add(revision: bigint, event: ConcertEvent): void {
    if (event.type === 'TicketReserved') this.#reserve(revision, event.data);
    else if (event.type === 'VipAssigned') {
      const last = this.#tickets.at(-1);
      const { purchaseId, ticketNumber, seat } = event.data;
      if (last?.purchaseId === purchaseId && last.number === ticketNumber) last.seat = seat;
    } else if (event.type === 'PurchaseCancelled') {
      const { purchaseId, ticketNumbers, cancelledAt } = event.data;
      for (const ticket of this.#ofPurchase.get(purchaseId) ?? []) {
        if (ticketNumbers.includes(ticket.number)) ticket.releasedAt ??= cancelledAt;
      }
    }
  }

  *rows(): Generator<ExpectedRow> {
    for (const { revision, number, seat, customerId, purchaseId, reservedAt, releasedAt } of this.#tickets) {
      const times = [millisecondsOf(reservedAt), millisecondsOf(releasedAt)];
      yield expectedRow(revision, [revision, number, seat, customerId, purchaseId, ...times]);
    }
  }

  #reserve(revision: bigint, data: Extract<ConcertEvent, { type: 'TicketReserved' }>['data']): void {
    const { ticketNumber: number, customerId, purchaseId, decidedAt: reservedAt } = data;
    const ticket = { revision, number, customerId, purchaseId, reservedAt, seat: null, releasedAt: null };
    this.#tickets.push(ticket);
    const before = this.#ofPurchase.get(purchaseId);
    if (before === undefined) this.#ofPurchase.set(purchaseId, [ticket]);
    else before.push(ticket);
  }
}
