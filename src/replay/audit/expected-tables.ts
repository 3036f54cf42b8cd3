import type { Effect } from '../../domain/audit/log-model.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { ConcertTotals } from './expected/concert-totals.js';
import { ExpectedPurchases } from './expected/purchases.js';
import { ExpectedSeconds } from './expected/seconds.js';
import { ExpectedTickets } from './expected/tickets.js';

/** Computes the rows that a read model must have of one concert: one event at a time, sharing no code with the projection. */
export interface ExpectedTable {
  /** @param effect the event's effect on the tickets, by the model of the log */
  add(revision: bigint, event: ConcertEvent, effect: Effect): void;
  /** The rows in the order of the key, each as Postgres writes a JSON array of its columns. */
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
