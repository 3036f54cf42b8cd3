import type { Effect } from '../../../domain/audit/log-model.js';
import type { ConcertEvent } from '../../../domain/events/events.js';
import type { ExpectedTable } from '../audited.js';
import { rowText } from './row.js';

interface Purchase {
  customerId: string;
  readonly idempotencyKey: string;
  ticketNumbers: number[];
  seats: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, as all times here: a number takes a third of the memory of its text. */
  readonly arrivedAt: number;
  readonly purchasedAt: number;
  cancelledAt: number | null;
  revision: bigint;
}

const noSeats = {};

/** The rows of `purchases`. */
export class ExpectedPurchases implements ExpectedTable {
  readonly #purchases = new Map<string, Purchase>();

  add(revision: bigint, event: ConcertEvent, { released, seated }: Effect): void {
    if (event.type === 'TicketReserved') this.#reserve(revision, event.data);
    else if (event.type === 'VipAssigned') {
      const purchase = this.#purchases.get(event.data.purchaseId);
      if (purchase === undefined || !seated) return;
      purchase.seats = { ...purchase.seats, [event.data.ticketNumber]: event.data.seat };
      purchase.revision = revision;
    } else if (event.type === 'PurchaseCancelled') {
      const purchase = this.#purchases.get(event.data.purchaseId);
      if (purchase !== undefined && released.length > 0)
        purchase.cancelledAt = Date.parse(event.data.cancelledAt);
    }
  }

  *rows(): Generator<string> {
    for (const [purchaseId, purchase] of [...this.#purchases].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { customerId, idempotencyKey, ticketNumbers, seats, revision } = purchase;
      const { arrivedAt, purchasedAt, cancelledAt } = purchase;
      const times = [arrivedAt, purchasedAt, cancelledAt];
      yield rowText(purchaseId, customerId, idempotencyKey, ticketNumbers, seats, ...times, revision);
    }
  }

  #reserve(revision: bigint, data: Extract<ConcertEvent, { type: 'TicketReserved' }>['data']): void {
    const { purchaseId, customerId, ticketNumber, idempotencyKey, arrivedAt, decidedAt } = data;
    const known = this.#purchases.get(purchaseId);
    if (known !== undefined) {
      if (known.cancelledAt !== null) {
        known.ticketNumbers = [];
        known.seats = noSeats;
      }
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
      seats: noSeats,
      arrivedAt: Date.parse(arrivedAt),
      purchasedAt: Date.parse(decidedAt),
      cancelledAt: null,
      revision,
    });
  }
}
