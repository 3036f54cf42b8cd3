import type { ConcertEvent } from '../../../domain/events/events.js';
import type { ExpectedTable } from '../audited.js';
import { rowText } from './row.js';

interface Place {
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly arrivedAt: number;
  readonly joinedAt: number;
  readonly joinedRevision: bigint;
  status: 'waiting' | 'offered' | 'left' | 'limit-reached';
  endedAt: number | null;
  revision: bigint;
}

/** The rows of `waiting_list`. */
export class ExpectedWaitingList implements ExpectedTable {
  readonly #places = new Map<string, Place>();

  add(revision: bigint, { type, data }: ConcertEvent): void {
    if (type === 'WaitingListJoined') {
      const { holdId, customerId, idempotencyKey, quantity } = data;
      this.#places.set(holdId, {
        ...{ customerId, idempotencyKey, quantity, status: 'waiting', endedAt: null },
        ...{ arrivedAt: Date.parse(data.arrivedAt), joinedAt: Date.parse(data.decidedAt) },
        ...{ joinedRevision: revision, revision },
      });
    }
    if (type === 'TicketsHeld' && data.reason === 'offer') {
      this.#end(this.#places.get(data.holdId), 'offered', data.decidedAt, revision);
    }
    if (type === 'WaitingListLeft') {
      const place = this.#places.get(data.holdId);
      if (place?.status !== 'waiting') return;
      this.#end(place, data.reason === 'request' ? 'left' : 'limit-reached', data.decidedAt, revision);
    }
  }

  *rows(): Generator<string> {
    for (const [holdId, place] of [...this.#places].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { customerId, idempotencyKey, quantity, status } = place;
      const { arrivedAt, joinedAt, endedAt, joinedRevision, revision } = place;
      const times = [arrivedAt, joinedAt, endedAt];
      yield rowText(holdId, customerId, idempotencyKey, quantity, status, ...times, joinedRevision, revision);
    }
  }

  #end(place: Place | undefined, status: Place['status'], at: string, revision: bigint): void {
    if (place !== undefined) Object.assign(place, { status, endedAt: Date.parse(at), revision });
  }
}
