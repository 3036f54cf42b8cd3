import { type Finding, notApplicable, Tally } from '../../domain/audit/findings.js';
import { type Arrived, compareArrivals } from '../../domain/audit/inversions.js';
import type { ConcertEvent } from '../../domain/events/events.js';

/** Checks that purchases from the arrival queue were served in the queue's order. */
export class QueueOrder {
  readonly #tally = new Tally();
  #latest: (Arrived & { readonly purchaseId: string }) | null = null;
  #served = 0;
  #lastPurchase = '';

  add(revision: bigint, event: ConcertEvent): void {
    if (event.type !== 'TicketReserved' || event.data.queueId === undefined) return;
    const { purchaseId, queueId } = event.data;
    if (purchaseId === this.#lastPurchase) return;
    this.#lastPurchase = purchaseId;
    this.#served += 1;
    if (this.#latest !== null && compareArrivals(event.data, this.#latest) < 0) {
      const { purchaseId: earlier, queueId: before } = this.#latest;
      this.#tally.add(
        `revision ${revision}: ${purchaseId} (${queueId} in line) was served after ${earlier} (${before})`,
      );
    } else this.#latest = event.data;
  }

  finding(): Finding {
    if (this.#served === 0) return notApplicable('I12', 'no purchase went through a queue');
    return this.#tally.finding('I12', `${this.#served} purchases from the line`);
  }
}
