import type { Effect } from '../../../domain/audit/log-model.js';
import type { ConcertEvent, ConcertScheduled } from '../../../domain/events/events.js';
import type { HoldEvent } from '../../../domain/events/hold-events.js';
import type { ExpectedTable } from '../audited.js';
import { millisecondsOf, rowText } from './row.js';

/** The row of `concerts`, or that of `stock`. */
export class ConcertTotals implements ExpectedTable {
  #terms: ConcertScheduled['data'] | null = null;
  #status = 'scheduled';
  #capacity = 0;
  #sold = 0;
  #vipSold = 0;
  #revision = -1n;

  constructor(
    private readonly table: 'concerts' | 'stock',
    private readonly concertId: string,
  ) {}

  add(revision: bigint, event: ConcertEvent, { released, seated }: Effect): void {
    this.#revision = revision;
    switch (event.type) {
      case 'ConcertScheduled':
        this.#terms = event.data;
        this.#capacity = event.data.capacity;
        this.#status = 'scheduled';
        break;
      case 'CapacityChanged':
        this.#capacity = event.data.capacity;
        break;
      case 'TicketReserved':
        this.#sold += 1;
        break;
      case 'VipAssigned':
        if (seated) this.#vipSold += 1;
        break;
      case 'PurchaseCancelled':
        this.#sold -= released.length;
        this.#vipSold -= released.filter(({ seat }) => seat !== null).length;
        break;
      case 'SalesClosed':
        this.#status = 'closed';
        break;
      case 'ConcertCancelled':
        this.#status = 'cancelled';
        break;
      default:
        event satisfies HoldEvent; // A hold is no sale yet, and changes no figure of these rows.
    }
  }

  *rows(): Generator<string> {
    if (this.#terms === null) return;
    const { name, vipSeats, ticketsPerCustomer, purchaseMode, ...times } = this.#terms;
    if (this.table === 'stock') {
      yield rowText(this.concertId, this.#capacity, this.#sold, this.#revision);
      return;
    }
    yield rowText(
      ...[this.concertId, name, this.#capacity, vipSeats, ticketsPerCustomer],
      ...[times.salesOpenAt, times.salesCloseAt, times.startsAt, times.scheduledAt].map(millisecondsOf),
      ...[purchaseMode, this.#status, this.#sold, this.#vipSold, this.#revision],
    );
  }
}
