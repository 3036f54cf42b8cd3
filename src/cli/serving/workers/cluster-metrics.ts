import type { Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import type { Metrics } from '../../../api/telemetry/metrics.js';
import { within } from '../../../waiting/within.js';
import type { Counted, PrimaryMessage, WorkerMessage } from './worker-messages.js';
import { tell } from './worker-supervisor.js';

// With several workers behind one port a scrape reaches any one of them. That worker asks the primary, which sums the counters
// of all workers and adds its own. A worker that does not answer in time is counted as missing.

/** Metrics that only the primary has. */
const primaryMetrics = [
  'onsale_projecting',
  'onsale_projected_events_total',
  'onsale_projection_lag_seconds',
  'onsale_projection_failures_total',
  'onsale_worker_ends_total',
];

/** How long the primary waits for each worker, in ms. */
const workerPatienceMs = 1_000;
/** How long a worker waits for the primary, in ms. */
const primaryPatienceMs = 1_500;

/** In the primary: answers the workers' requests for metrics. */
export class ClusterMetrics {
  readonly #asked = new Map<number, (counted: Counted) => void>();
  #lastId = 0;

  /** @param workers the intended number of workers, and those that can be asked */
  constructor(
    private readonly metrics: Metrics,
    private readonly workers: () => { readonly count: number; readonly ready: readonly Worker[] },
    private readonly onError: (error: unknown) => void,
  ) {}

  /** To be called with every message of a worker. */
  receive(worker: Worker, message: WorkerMessage): void {
    if (message.kind === 'metrics-counted') this.#asked.get(message.id)?.(message.counted);
    if (message.kind === 'metrics-wanted') void this.#answer(worker, message.id);
  }

  async #answer(worker: Worker, id: number): Promise<void> {
    try {
      const { count, ready } = this.workers();
      const counted = await Promise.all(ready.map((each) => this.#ask(each)));
      const answers = counted.filter((each) => each !== null);
      const own = primaryMetrics.map((name) => this.metrics.registry.getSingleMetricAsString(name));
      const text = [await AggregatorRegistry.aggregate(answers).metrics(), ...(await Promise.all(own)), ''];
      tell(worker, { kind: 'metrics', id, text: text.join('\n'), missing: count - answers.length });
    } catch (error) {
      this.onError(error);
    }
  }

  /** Null when the worker does not answer in time. */
  async #ask(worker: Worker): Promise<Counted | null> {
    const id = ++this.#lastId;
    const counted = new Promise<Counted>((resolve) => this.#asked.set(id, resolve));
    tell(worker, { kind: 'count-metrics', id });
    try {
      return await within(workerPatienceMs, counted, () => null);
    } finally {
      this.#asked.delete(id);
    }
  }
}

/** In a worker: the metrics of all workers; its own alone, marked as such, while the primary does not answer. */
export function metricsOfAll(metrics: Metrics): () => Promise<string> {
  const { registry, scrapeMissing } = metrics;
  for (const name of primaryMetrics) registry.removeSingleMetric(name);
  const waiting = new Map<number, (answer: PrimaryMessage & { kind: 'metrics' }) => void>();
  let lastId = 0;
  process.on('message', (message: PrimaryMessage) => {
    if (message.kind === 'metrics') waiting.get(message.id)?.(message);
    if (message.kind !== 'count-metrics') return;
    void registry.getMetricsAsJSON().then((counted) => {
      tellPrimary({ kind: 'metrics-counted', id: message.id, counted: counted as Counted });
    });
  });
  return async () => {
    const id = ++lastId;
    const answer = new Promise<PrimaryMessage & { kind: 'metrics' }>((resolve) => waiting.set(id, resolve));
    tellPrimary({ kind: 'metrics-wanted', id });
    const given = await within(primaryPatienceMs, answer, () => null);
    waiting.delete(id);
    scrapeMissing.labels('primary').set(given === null ? 1 : 0);
    scrapeMissing.labels('workers').set(given?.missing ?? 0);
    return given?.text ?? registry.metrics();
  };
}

/** In a worker: sends the primary a message; `sent` is called when it was sent, or cannot be. */
export function tellPrimary(message: WorkerMessage, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}
