import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { commandMetrics } from './command-metrics.js';
import { httpMetrics } from './http-metrics.js';
import { projectionMetrics } from './projection-metrics.js';
import { scrapeMetrics } from './scrape-metrics.js';

/** All metrics of the service, and the registry that /metrics prints. Other modules get observers. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const atScrape = new Registry();
  const metrics = {
    registry,
    /** The metrics that the answering process reads at each scrape. */
    atScrape,
    ...httpMetrics(registers),
    ...commandMetrics(registers),
    ...projectionMetrics(registers),
    ...scrapeMetrics(atScrape),
    workerEnds: new Counter({
      name: 'onsale_worker_ends_total',
      help: 'Workers that ended and were replaced: hung, not-started, or ended by themselves or a signal.',
      labelNames: ['reason'],
      registers,
    }),
  }; // A counter that begins with its first event has no increase that an alert could see.
  for (const verdict of ['sound', 'violated', 'unchecked']) metrics.audits.inc({ verdict }, 0);
  for (const reason of ['hung', 'not-started', 'ended']) metrics.workerEnds.inc({ reason }, 0);
  for (const why of ['older', 'late', 'overdue', 'unreadable']) metrics.queueEntriesDropped.inc({ why }, 0);
  return metrics;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Adds the figures of the process itself: memory, CPU, event loop, garbage collection. Once per process. */
export const observeProcess = ({ registry }: Metrics): void => collectDefaultMetrics({ register: registry });

/** A pool of connections: how many are open and idle, and how many callers wait for one. */
export interface PoolCounts {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Adds the figures of the pool of Postgres connections, counted at each scrape. Once per process. */
export function observeConnections({ registry }: Metrics, count: () => PoolCounts): void {
  new Gauge({
    name: 'onsale_postgres_connections',
    help: 'The pool of Postgres connections: open, idle among them, and callers that are waiting for one.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const [state, connections] of Object.entries(count())) this.labels(state).set(connections);
    },
  });
}
