import type { ConcertEvent } from '../../domain/events.js';
import { type ExpectedRow, expectedRow, millisecondsOf } from './row.js';

interface Purchase {
  customerId: string;
  readonly idempotencyKey: string;
  readonly ticketNumbers: number[];
  readonly seats: Record<string, string>;
  readonly arrivedAt: string;
  readonly purchasedAt: string;
  cancelledAt: string | null;
  revision: bigint;
}

/** The rows of `purchases`. */
export class ExpectedPurchases {
  readonly #purchases = new Map<string, Purchase>();

  add(revision: bigint, event: ConcertEvent): void {
    if (event.type === 'TicketReserved') this.#reserve(revision, event.data);
    else if (event.type === 'VipAssigned') {
      const purchase = this.#purchases.get(event.data.purchaseId);
      if (purchase === undefined) return;
      purchase.seats[event.data.ticketNumber] = event.data.seat;
      purchase.revision = revision;
    } else if (event.type === 'PurchaseCancelled') {
      const purchase = this.#purchases.get(event.data.purchaseId);
      if (purchase !== undefined) purchase.cancelledAt ??= event.data.cancelledAt;
    }
  }

  *rows(): Generator<ExpectedRow> {
    for (const [purchaseId, purchase] of this.#purchases) {
      const { customerId, idempotencyKey, ticketNumbers, seats, revision } = purchase;
      const times = [purchase.arrivedAt, purchase.purchasedAt, purchase.cancelledAt].map(millisecondsOf);
      const cells = [purchaseId, customerId, idempotencyKey, ticketNumbers, seats, ...times, revision];
      yield expectedRow(purchaseId, cells);
    }
  }

  #reserve(revision: bigint, data: Extract<ConcertEvent, { type: 'TicketReserved' }>['data']): void {
    const { purchaseId, customerId, ticketNumber, idempotencyKey, arrivedAt, decidedAt } = data;
    const known = this.#purchases.get(purchaseId);
    if (known !== undefined) {
      known.ticketNumbers.push(ticketNumber);
      known.customerId = customerId;
      known.cancelledAt = null;
      known.revision = revision;
      return;
    }
    this.#purchases.set(purchaseId, {
      customerId,
      idempotencyKey,
      ticketNumbers: [ticketNumber],
      seats: {},
      arrivedAt,
      purchasedAt: decidedAt,
      cancelledAt: null,
      revision,
    });
  }
}
