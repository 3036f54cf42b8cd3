import type { ConcertEvent } from '../../domain/events.js';
import { rowText } from './row.js';

interface Ticket {
  readonly revision: bigint;
  readonly number: number;
  readonly customerId: string;
  readonly purchaseId: string;
  readonly reservedAt: number;
  seat: string | null;
  releasedAt: number | null;
  /** Of the same purchase, the one sold before. */
  readonly before: Ticket | null;
}

/** The rows of `tickets`: one for every TicketReserved. */
export class ExpectedTickets {
  readonly #tickets: Ticket[] = [];
  readonly #lastOf = new Map<string, Ticket>();

  add(revision: bigint, event: ConcertEvent): void {
    if (event.type === 'TicketReserved') this.#reserve(revision, event.data);
    else if (event.type === 'VipAssigned') {
      const last = this.#tickets.at(-1);
      const { purchaseId, ticketNumber, seat } = event.data;
      if (last?.purchaseId === purchaseId && last.number === ticketNumber) last.seat = seat;
    } else if (event.type === 'PurchaseCancelled') {
      const { purchaseId, ticketNumbers, cancelledAt } = event.data;
      const releasedAt = Date.parse(cancelledAt);
      let ticket = this.#lastOf.get(purchaseId) ?? null;
      for (; ticket !== null; ticket = ticket.before) {
        if (ticketNumbers.includes(ticket.number)) ticket.releasedAt ??= releasedAt;
      }
    }
  }

  *rows(): Generator<string> {
    for (const { revision, number, seat, customerId, purchaseId, reservedAt, releasedAt } of this.#tickets) {
      yield rowText(revision, number, seat, customerId, purchaseId, reservedAt, releasedAt);
    }
  }

  #reserve(revision: bigint, data: Extract<ConcertEvent, { type: 'TicketReserved' }>['data']): void {
    const { ticketNumber: number, customerId, purchaseId } = data;
    const reservedAt = Date.parse(data.decidedAt);
    const before = this.#lastOf.get(purchaseId) ?? null;
    const [seat, releasedAt] = [null, null];
    const ticket = { revision, number, customerId, purchaseId, reservedAt, seat, releasedAt, before };
    this.#tickets.push(ticket);
    this.#lastOf.set(purchaseId, ticket);
  }
}
