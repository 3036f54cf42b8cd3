import { randomUUID } from 'node:crypto';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { withIds } from '../../src/domain/ids.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { newNamespace } from '../bench.js';

/** A stream of ticket sales, each appended at the exact revision. */
export class BareStream {
  readonly #store: EventStore;
  readonly #concertId = randomUUID();
  #revision = -1n;

  constructor(connectionString: string) {
    const namespace = newNamespace();
    const append = { attemptMs: 2_000, totalMs: 10_000 };
    this.#store = new EventStore({ connectionString, namespace, append, readPatienceMs: 10_000 });
  }

  async append(): Promise<void> {
    const [concertId, base] = [this.#concertId, this.#revision];
    const decisionId = randomUUID();
    const at = '2030-01-01T00:00:00.000Z';
    const event: ConcertEvent = {
      type: 'TicketReserved',
      data: {
        ...{
          concertId,
          purchaseId: randomUUID(),
          customerId: `bare-${base}`,
          ticketNumber: Number(base) + 2,
        },
        ...{ idempotencyKey: `bare-${base}`, arrivedAt: at, decidedAt: at },
      },
    };
    const result = await this.#store.append(
      concertId,
      base,
      withIds({ decisionId, concertId, base, events: [event] }),
    );
    if (result.kind !== 'appended') throw new Error(`bare append: ${result.kind}`);
    this.#revision = result.revision;
  }

  /** Durations of the appends that fit into `ms`, in ms. */
  async durations(ms: number): Promise<number[]> {
    const durations: number[] = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const started = performance.now();
      await this.append();
      durations.push(performance.now() - started);
    }
    return durations;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
