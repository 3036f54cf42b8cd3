import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { latencyBuckets } from './buckets.js';

/** The process that projects. */
export function projectionMetrics(registers: Registry[]) {
  return {
    projecting: new Gauge({
      name: 'onsale_projecting',
      help: '1 in the process that projects, 0 in those that stand by.',
      registers,
    }),
    projectedEvents: new Counter({
      name: 'onsale_projected_events_total',
      help: 'Events that this process wrote into the read models.',
      registers,
    }),
    projectionLag: new Histogram({
      name: 'onsale_projection_lag_seconds',
      help: 'Age of the newest event of a batch when its rows were committed.',
      buckets: latencyBuckets,
      registers,
    }),
    projectionFailures: new Counter({
      name: 'onsale_projection_failures_total',
      help: 'Failures of projecting, each tried again.',
      labelNames: ['part'],
      registers,
    }),
  };
}
