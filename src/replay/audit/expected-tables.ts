import type { Effect } from '../../domain/audit/log-books.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { ConcertTotals } from './expected/concert-totals.js';
import { ExpectedPurchases } from './expected/purchases.js';
import { ExpectedSeconds } from './expected/seconds.js';
import { ExpectedTickets } from './expected/tickets.js';

/** Works out what a read model must hold of one concert: one event at a time, sharing nothing with the projection. */
export interface ExpectedTable {
  /** @param effect what the event did to the tickets, by the books of the log */
  add(revision: bigint, event: ConcertEvent, effect: Effect): void;
  /** In the order of the key, each as Postgres writes a JSON array of its columns. */
  rows(): Iterable<string>;
}

export function expectedTable(projection: ProjectionName, concertId: string): ExpectedTable {
  switch (projection) {
    case 'concerts':
      return new ConcertTotals('concerts', concertId);
    case 'stock':
      return new ConcertTotals('stock', concertId);
    case 'tickets':
      return new ExpectedTickets();
    case 'purchases':
      return new ExpectedPurchases();
    case 'sales-per-second':
      return new ExpectedSeconds();
  }
}
