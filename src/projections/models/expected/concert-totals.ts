import type { Effect } from '../../../domain/audit/log-model.js';
import type { ConcertEvent, ConcertScheduled, TicketEvent } from '../../../domain/events/events.js';
import type { ExpectedTable } from '../audited.js';
import { millisecondsOf, rowText } from './row.js';

/** The row of `concerts`, or that of `stock`. */
export class ConcertTotals implements ExpectedTable {
  #terms: ConcertScheduled['data'] | null = null;
  #status = 'scheduled';
  #capacity = 0;
  #sold = 0;
  #vipSold = 0;
  #held = 0;
  #vipHeld = 0;
  #revision = -1n;

  constructor(
    private readonly table: 'concerts' | 'stock',
    private readonly concertId: string,
  ) {}

  add(revision: bigint, event: ConcertEvent, { sold, vipSold, held, vipHeld }: Effect): void {
    this.#revision = revision;
    this.#sold += sold;
    this.#vipSold += vipSold;
    this.#held += held;
    this.#vipHeld += vipHeld;
    switch (event.type) {
      case 'ConcertScheduled':
        this.#terms = event.data;
        this.#capacity = event.data.capacity;
        this.#status = 'scheduled';
        break;
      case 'CapacityChanged':
        this.#capacity = event.data.capacity;
        break;
      case 'HoldTermsChanged':
        if (this.#terms !== null) this.#terms = { ...this.#terms, ...event.data };
        break;
      case 'SalesClosed':
        this.#status = 'closed';
        break;
      case 'ConcertCancelled':
        this.#status = 'cancelled';
        break;
      default:
        event satisfies TicketEvent; // Its effect says all.
    }
  }

  *rows(): Generator<string> {
    if (this.#terms === null) return;
    const { name, vipSeats, ticketsPerCustomer, purchaseMode, ...times } = this.#terms;
    const { holdSeconds = null, waitingList = false, offerSeconds = null } = this.#terms;
    if (this.table === 'stock') {
      yield rowText(this.concertId, this.#capacity, this.#sold, this.#held, this.#revision);
      return;
    }
    yield rowText(
      ...[this.concertId, name, this.#capacity, vipSeats, ticketsPerCustomer],
      ...[times.salesOpenAt, times.salesCloseAt, times.startsAt, times.scheduledAt].map(millisecondsOf),
      ...[purchaseMode, holdSeconds, waitingList, offerSeconds],
      ...[this.#status, this.#sold, this.#vipSold, this.#held, this.#vipHeld, this.#revision],
    );
  }
}
