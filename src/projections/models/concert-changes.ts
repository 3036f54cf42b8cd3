import type { ConcertScheduled } from '../../domain/events/events.js';
import type { ProjectedEvent } from './projection.js';

/** What a batch changes about one concert, folded into one row. Null where it says nothing. */
export interface ConcertChange {
  readonly concert_id: string;
  capacity: number | null;
  status: 'closed' | 'cancelled' | null;
  sold: number;
  vip_sold: number;
  revision: string;
}

export interface ConcertChanges {
  /** Concerts that are new in this batch, by id. */
  readonly scheduled: ReadonlyMap<string, ConcertScheduled['data']>;
  readonly changes: ReadonlyMap<string, ConcertChange>;
}

/** Folds a batch into at most two rows per concert. */
export function concertChanges(events: readonly ProjectedEvent[]): ConcertChanges {
  const scheduled = new Map<string, ConcertScheduled['data']>();
  const changes = new Map<string, ConcertChange>();
  for (const { concertId, revision, event, effect } of events) {
    let change = changes.get(concertId);
    if (change === undefined) {
      change = { concert_id: concertId, capacity: null, status: null, sold: 0, vip_sold: 0, revision: '' };
      changes.set(concertId, change);
    }
    change.revision = `${revision}`;
    switch (event.type) {
      case 'ConcertScheduled':
        scheduled.set(concertId, event.data);
        change.capacity = null;
        change.status = null;
        break;
      case 'CapacityChanged':
        change.capacity = event.data.capacity;
        break;
      case 'TicketReserved':
        change.sold += 1;
        break;
      case 'VipAssigned':
        if (effect.seated !== null) change.vip_sold += 1;
        break;
      case 'PurchaseCancelled':
        change.sold -= effect.released.length;
        change.vip_sold -= effect.released.filter(({ vip }) => vip).length;
        break;
      case 'SalesClosed':
        change.status = 'closed';
        break;
      case 'ConcertCancelled':
        change.status = 'cancelled';
        break;
    }
  }
  return { scheduled, changes };
}
