import type { ConcertEvent } from '../domain/events.js';
import type { ProjectionName } from '../projections/projection.js';
import { ConcertTotals } from './expected/concert-totals.js';
import { ExpectedPurchases } from './expected/purchases.js';
import { ExpectedSeconds } from './expected/seconds.js';
import { ExpectedTickets } from './expected/tickets.js';

/** Works out what a read model must hold of one concert: one event at a time, sharing nothing with the projection. */
export interface ExpectedTable {
  add(revision: bigint, event: ConcertEvent): void;
  /** In the order of the key, each as Postgres writes a JSON array of its columns. */
  rows(): Iterable<string>;
}

export function expectedTable(projection: ProjectionName): ExpectedTable {
  switch (projection) {
    case 'concerts':
      return new ConcertTotals('concerts');
    case 'stock':
      return new ConcertTotals('stock');
    case 'tickets':
      return new ExpectedTickets();
    case 'purchases':
      return new ExpectedPurchases();
    case 'sales-per-second':
      return new ExpectedSeconds();
  }
}
