import { type ConcertEvent, claimIdsOf } from '../../../domain/events/events.js';
import { endsHolds } from '../../../domain/events/hold-events.js';
import { rowText } from './row.js';

/** The rows of the ledger: one for each purchase or hold whose tickets an event changes. */
export class ExpectedLedger {
  readonly #rows: string[] = [];

  add(revision: bigint, event: ConcertEvent): void {
    const at = Number(revision);
    let place = 0;
    const row = (id: string, kind: string, ...numbers: readonly (number | null)[]) =>
      this.#rows.push(rowText([at, place++], JSON.stringify(id).slice(1, -1), kind, ...numbers));
    switch (event.type) {
      case 'TicketReserved':
        return void row(event.data.purchaseId, 'sold', event.data.ticketNumber, null, null);
      case 'VipAssigned':
        return void row(event.data.purchaseId, 'seated', event.data.ticketNumber, null, null);
      case 'PurchaseCancelled':
        return void row(event.data.purchaseId, 'cancelled', null, null, null);
      case 'TicketsHeld':
        return void row(event.data.holdId, 'held', null, event.data.quantity, event.data.seats.length);
      default:
        if (!endsHolds(event)) break;
        for (const holdId of claimIdsOf(event)) row(holdId, 'hold-ended', null, null, null);
    }
  }

  rows(): Iterable<string> {
    return this.#rows;
  }
}
