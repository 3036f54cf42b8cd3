import { randomUUID } from 'node:crypto';
import type { IdentifiedEvent } from '../../src/domain/ids.js';
import { EventStore } from '../../src/event-store/event-store.js';
import type { Bought, PeerRequest, PeerServers, PeerStorage } from './storage.js';

/**
 * Appends a TicketReserved for each request. Requests that arrive while an append is in flight share the next one: the same
 * batches as mode `batch`, without decision, lock, cache or idempotency. It shows the most that the store allows.
 */
export function rawAppend({ eventStoreUrl, namespace }: PeerServers): PeerStorage {
  const store = new EventStore({
    connectionString: eventStoreUrl,
    namespace: `${namespace}_raw`,
    append: { attemptMs: 2_000, totalMs: 10_000 },
    readPatienceMs: 10_000,
  });
  const streams = new Map<string, RawStream>();
  return {
    async schedule(concertId) {
      streams.set(concertId, new RawStream(store, concertId));
    },
    async buy(request) {
      const stream = streams.get(request.concertId);
      if (stream === undefined) throw new Error('no such concert');
      return stream.add(request);
    },
    async sold(concertId) {
      const sales = [];
      for await (const page of store.read(concertId, 0n)) {
        for (const { decoded } of page) {
          if (!decoded.ok || decoded.event.type !== 'TicketReserved')
            throw new Error('not what was appended');
          const { idempotencyKey: key, customerId, purchaseId, ticketNumber } = decoded.event.data;
          sales.push({ key, customerId, purchaseId, ticketNumber });
        }
      }
      return sales;
    },
    close: () => store.close(),
  };
}

const maxEvents = 500;

class RawStream {
  #waiting: { readonly request: PeerRequest; readonly done: (bought: Bought) => void }[] = [];
  #appending = false;
  #revision = -1n;
  #lastTicket = 0;

  constructor(
    private readonly store: EventStore,
    private readonly concertId: string,
  ) {}

  add(request: PeerRequest): Promise<Bought> {
    return new Promise((done, failed) => {
      this.#waiting.push({ request, done });
      if (!this.#appending) this.#appendAll().catch(failed);
    });
  }

  async #appendAll(): Promise<void> {
    this.#appending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, maxEvents);
      const events = batch.map(({ request }) => this.#reserved(request));
      const result = await this.store.append(this.concertId, this.#revision, events);
      if (result.kind !== 'appended') throw new Error(`append: ${result.kind}`);
      this.#revision = result.revision;
      for (const [index, { done }] of batch.entries()) {
        const data = events[index]?.event.data;
        if (data !== undefined && 'ticketNumber' in data)
          done({ kind: 'accepted', purchaseId: data.purchaseId, ticketNumber: data.ticketNumber });
      }
    }
    this.#appending = false;
  }

  #reserved({ customerId, key }: PeerRequest): IdentifiedEvent {
    const time = new Date().toISOString();
    return {
      id: randomUUID(),
      event: {
        type: 'TicketReserved',
        data: {
          concertId: this.concertId,
          purchaseId: randomUUID(),
          customerId,
          ticketNumber: ++this.#lastTicket,
          idempotencyKey: key,
          arrivedAt: time,
          decidedAt: time,
        },
      },
    };
  }
}
