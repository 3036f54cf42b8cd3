import { randomUUID } from 'node:crypto';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { withIds } from '../../src/domain/ids.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { type Bench, newNamespace } from '../bench.js';
import { interleave, spreadOf } from '../measure/spread.js';
import { milliseconds } from '../report/summarise.js';
import { large, type OnSale, takeSliceOf } from './baselines.js';

const warmUpAppends = 200;

/** A purchase with no other in flight, in turn with a bare append of the same event through the same client, one at a time. */
export async function alone(bench: Bench): Promise<void> {
  const system = await bench.startService('batch', 1);
  await bench.warmUp(system, 1, bench.plan.batchWarmUps);
  const onSale: OnSale = { system, sale: await system.schedule(large), slices: [] };
  const stream = new BareStream(bench.servers.eventStoreUrl);
  for (let i = 0; i < warmUpAppends; i++) await stream.append();
  const pairs = await interleave(
    bench.plan.rounds,
    () => takeSliceOf(bench, onSale, 1),
    () => stream.medianMs(bench.plan.sliceMs),
  );
  bench.ratio(
    'alone',
    pairs.map(({ a, b }) => (milliseconds(a.load.accepted, 50) ?? Number.NaN) / b),
  );
  const details = { appendP50Ms: spreadOf(pairs.map(({ b }) => b)).median };
  await bench.file(system, { scenario: 'alone', inFlight: 1, details }, onSale.slices, [onSale.sale]);
  await system.stop();
  await stream.close();
}

/** A stream of ticket sales, each appended at the exact revision. */
class BareStream {
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

  /** The median duration of the appends that fit into `ms`. */
  async medianMs(ms: number): Promise<number> {
    const durations: number[] = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const started = performance.now();
      await this.append();
      durations.push(performance.now() - started);
    }
    return spreadOf(durations).median;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
