import type { Effect } from '../../../domain/audit/log-model.js';
import type { ConcertEvent, VipAssigned } from '../../../domain/events/events.js';
import type { ExpectedTable } from '../audited.js';
import { rowText } from './row.js';

interface Ticket {
  readonly revision: bigint;
  readonly number: number;
  readonly customerId: string;
  readonly purchaseId: string;
  readonly reservedAt: number;
  seat: string | null;
  releasedAt: number | null;
  /** The ticket of the same purchase that was sold before this one. */
  readonly before: Ticket | null;
}

/** The rows of `tickets`: one for every TicketReserved. */
export class ExpectedTickets implements ExpectedTable {
  readonly #tickets: Ticket[] = [];
  readonly #lastOf = new Map<string, Ticket>();

  add(revision: bigint, event: ConcertEvent, { released, seated }: Effect): void {
    if (event.type === 'TicketReserved') this.#reserve(revision, event.data);
    else if (event.type === 'VipAssigned') {
      if (seated) this.#seat(event.data);
    } else if (event.type === 'PurchaseCancelled' && released.length > 0) {
      const { purchaseId, cancelledAt } = event.data;
      const releasedAt = Date.parse(cancelledAt);
      let ticket = this.#lastOf.get(purchaseId) ?? null;
      for (; ticket !== null; ticket = ticket.before) {
        ticket.releasedAt ??= releasedAt;
      }
    }
  }

  *rows(): Generator<string> {
    for (const { revision, number, seat, customerId, purchaseId, reservedAt, releasedAt } of this.#tickets) {
      yield rowText(revision, number, seat, customerId, purchaseId, reservedAt, releasedAt);
    }
  }

  #seat({ purchaseId, ticketNumber, seat }: VipAssigned['data']): void {
    let ticket = this.#lastOf.get(purchaseId) ?? null;
    while (ticket !== null && ticket.number !== ticketNumber) ticket = ticket.before;
    if (ticket !== null) ticket.seat = seat;
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
