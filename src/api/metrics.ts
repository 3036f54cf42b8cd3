import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. A purchase takes milliseconds when all is well, up to the append's total time-out when it is not. */
const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

type Metrics = ReturnType<typeof createMetrics>;

/** All metrics of the service and the registry that /metrics prints. The other rooms get plain functions. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'onsale_http_request_duration_seconds',
      help: 'Time from the arrival of a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: latencyBuckets,
      registers,
    }),
    purchases: new Counter({
      name: 'onsale_purchases_total',
      help: 'Outcomes of purchase requests: accepted, replayed, queued, or the name of the problem.',
      labelNames: ['mode', 'outcome'],
      registers,
    }),
    withoutLock: new Counter({
      name: 'onsale_commands_without_lock_total',
      help: 'Commands that went on without the Redis lock, held by the expected revision alone.',
      registers,
    }),
    appends: new Counter({
      name: 'onsale_appends_total',
      help: 'Appends to the log by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    batches: new Histogram({
      name: 'onsale_append_commands',
      help: 'Commands that shared one append.',
      buckets: batchBuckets,
      registers,
    }),
    stockReads: new Counter({
      name: 'onsale_stock_reads_total',
      help: 'Answers about stock by where they came from: cache, read-model or log.',
      labelNames: ['source'],
      registers,
    }),
    projectionLag: new Gauge({
      name: 'onsale_projection_lag_seconds',
      help: 'Time from the recording of the last event a projection has dealt with until it had.',
      labelNames: ['projection'],
      registers,
    }),
  };
}

export type { Metrics };

/** Adds the figures of the process itself: memory, CPU, event loop, garbage collection. Once per process. */
export const observeProcess = ({ registry }: Metrics): void => collectDefaultMetrics({ register: registry });
