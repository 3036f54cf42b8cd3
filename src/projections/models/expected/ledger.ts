import type { ConcertEvent } from '../../../domain/events/events.js';
import { rowText } from './row.js';

/** The rows of the ledger: one for every event of a purchase. */
export class ExpectedLedger {
  readonly #rows: string[] = [];

  add(revision: bigint, event: ConcertEvent): void {
    if (!('purchaseId' in event.data)) return;
    const id = JSON.stringify(event.data.purchaseId).slice(1, -1);
    if (event.type === 'TicketReserved')
      this.#rows.push(rowText(revision, id, 'sold', event.data.ticketNumber));
    if (event.type === 'VipAssigned')
      this.#rows.push(rowText(revision, id, 'seated', event.data.ticketNumber));
    if (event.type === 'PurchaseCancelled') this.#rows.push(rowText(revision, id, 'cancelled', null));
  }

  rows(): Iterable<string> {
    return this.#rows;
  }
}
