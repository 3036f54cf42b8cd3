import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

// With several workers behind one port a scrape reaches any one of them. That one asks the primary, which sums up what all
// workers count and adds what it projects.

/** What only the process that projects counts. */
const projectionMetrics = [
  'onsale_projecting',
  'onsale_projected_events_total',
  'onsale_projection_lag_seconds',
  'onsale_projection_failures_total',
];

interface Question {
  readonly kind: 'metrics-wanted';
  readonly id: number;
}

interface Text {
  readonly kind: 'metrics-text';
  readonly id: number;
  readonly text: string;
}

/** In the primary: answers the workers' questions. Call once, before the first worker. */
export function answerForMetrics(own: Registry, onError: (error: unknown) => void): void {
  const workers = new AggregatorRegistry();
  const all = async (): Promise<string> => {
    const projecting = projectionMetrics.map((name) => own.getSingleMetricAsString(name));
    return [await workers.clusterMetrics(), ...(await Promise.all(projecting)), ''].join('\n');
  };
  cluster.on('message', (worker: Worker, message: Question) => {
    if (message?.kind !== 'metrics-wanted') return;
    all().then((text) => worker.send({ kind: 'metrics-text', id: message.id, text } satisfies Text), onError);
  });
}

/** In a worker: the metrics of all of them. */
export function metricsOfAll(own: Registry): () => Promise<string> {
  for (const name of projectionMetrics) own.removeSingleMetric(name);
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries([own]);
  const waiting = new Map<number, (text: string) => void>();
  let lastId = 0;
  process.on('message', (message: Text) => {
    if (message?.kind !== 'metrics-text') return;
    waiting.get(message.id)?.(message.text);
    waiting.delete(message.id);
  });
  return () => {
    const id = ++lastId;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      process.send?.({ kind: 'metrics-wanted', id } satisfies Question);
    });
  };
}
