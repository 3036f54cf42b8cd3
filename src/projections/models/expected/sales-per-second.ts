import type { Effect } from '../../../domain/audit/log-model.js';
import type { ConcertEvent } from '../../../domain/events/events.js';
import type { ExpectedTable } from '../audited.js';
import { rowText } from './row.js';

/** The rows of `sales_per_second`. */
export class ExpectedSeconds implements ExpectedTable {
  readonly #seconds = new Map<number, { sold: number; released: number }>();

  add(_revision: bigint, event: ConcertEvent, { released }: Effect): void {
    if (event.type === 'TicketReserved') this.#at(event.data.decidedAt).sold += 1;
    else if (event.type === 'PurchaseCancelled' && released.length > 0) {
      this.#at(event.data.cancelledAt).released += released.length;
    }
  }

  *rows(): Generator<string> {
    for (const [second, { sold, released }] of [...this.#seconds].sort(([a], [b]) => a - b)) {
      yield rowText(second, sold, released);
    }
  }

  #at(time: string): { sold: number; released: number } {
    const second = Math.floor(Date.parse(time) / 1_000) * 1_000;
    let entry = this.#seconds.get(second);
    if (entry === undefined) {
      entry = { sold: 0, released: 0 };
      this.#seconds.set(second, entry);
    }
    return entry;
  }
}
