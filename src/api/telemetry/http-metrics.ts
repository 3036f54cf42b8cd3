import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { latencyBuckets } from './buckets.js';

/** Requests, and what was answered. */
export function httpMetrics(registers: Registry[]) {
  return {
    requests: new Histogram({
      name: 'onsale_http_request_duration_seconds',
      help: 'Time from the arrival of a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: latencyBuckets,
      registers,
    }),
    inProgress: new Gauge({
      name: 'onsale_http_requests_in_progress',
      help: 'Requests that have arrived and are not answered yet, this scrape among them.',
      registers,
    }),
    commandsInFlight: new Gauge({
      name: 'onsale_commands_in_flight',
      help: 'Commands that wait for their turn, or whose decision is being appended.',
      registers,
    }),
    limited: new Counter({
      name: 'onsale_requests_limited_total',
      help: 'Requests refused because a customer or an address had sent too many.',
      labelNames: ['policy'],
      registers,
    }),
    purchases: new Counter({
      name: 'onsale_purchases_total',
      help: 'Outcomes of purchase requests: accepted, replayed, queued, or the name of the problem.',
      labelNames: ['mode', 'outcome'],
      registers,
    }),
    holds: new Counter({
      name: 'onsale_hold_requests_total',
      help: 'Outcomes of requests about holds and the waiting list, by command: the result, or the name of the problem.',
      labelNames: ['command', 'outcome'],
      registers,
    }),
    stockReads: new Counter({
      name: 'onsale_stock_reads_total',
      help: 'Answers about stock by their source: cache, read-model or log.',
      labelNames: ['source'],
      registers,
    }),
    liveViewers: new Gauge({
      name: 'onsale_live_viewers',
      help: 'Open streams of GET /concerts/{id}/live.',
      registers,
    }),
    liveViewersDropped: new Counter({
      name: 'onsale_live_viewers_dropped_total',
      help: 'Streams that were closed because their client did not read them.',
      registers,
    }),
    audits: new Counter({
      name: 'onsale_audits_total',
      help: 'Audits of a concert that this process answered: sound, violated, or unchecked where not everything could be checked.',
      labelNames: ['verdict'],
      registers,
    }),
  };
}
