import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. A purchase takes milliseconds when all is well, up to the append's total time-out when it is not. */
const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** All metrics of the service, and the registry that /metrics prints. Other modules get observers. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const atScrape = new Registry();
  return {
    registry,
    /** The metrics that the answering process reads anew for each scrape. They are not summed up over processes. */
    atScrape,
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
    purchases: new Counter({
      name: 'onsale_purchases_total',
      help: 'Outcomes of purchase requests: accepted, replayed, queued, or the name of the problem.',
      labelNames: ['mode', 'outcome'],
      registers,
    }),
    withoutLock: new Counter({
      name: 'onsale_commands_without_lock_total',
      help: 'Commands that went on without the Redis lock, guarded by the expected revision alone.',
      registers,
    }),
    redisFailures: new Counter({
      name: 'onsale_redis_failures_total',
      help: 'Failed uses of Redis; each time the service went on without.',
      labelNames: ['use'],
      registers,
    }),
    ownedConcerts: new Gauge({
      name: 'onsale_owned_concerts',
      help: 'Concerts that this process owns: it decides for all processes.',
      registers,
    }),
    ownerships: new Counter({
      name: 'onsale_ownerships_total',
      help: 'Times that this process became the owner of a concert.',
      registers,
    }),
    handedOver: new Counter({
      name: 'onsale_purchases_handed_over_total',
      help: 'Purchases sent to the queue of their concert, for its owner to decide.',
      registers,
    }),
    handOvers: new Counter({
      name: 'onsale_hand_overs_total',
      help: 'Messages that carried these purchases.',
      registers,
    }),
    queueEntriesDropped: new Counter({
      name: 'onsale_queue_entries_dropped_total',
      help: 'Entries taken out of the arrival queue undecided: older (Redis came back with older data), late, overdue (past the wait of their buyers), or unreadable.',
      labelNames: ['why'],
      registers,
    }),
    holdSweepFailures: new Counter({
      name: 'onsale_hold_sweep_failures_total',
      help: 'Outages in which expiries of holds that were due could not be appended; they are tried again.',
      registers,
    }),
    conflicts: new Counter({
      name: 'onsale_append_conflicts_total',
      help: 'Appends at a revision that was not the last; their commands were decided again.',
      registers,
    }),
    appendedEvents: new Counter({
      name: 'onsale_appended_events_total',
      help: 'Events appended to the log.',
      registers,
    }),
    appendDuration: new Histogram({
      name: 'onsale_append_duration_seconds',
      help: 'Time to decide and append, of appends that succeeded.',
      buckets: latencyBuckets,
      registers,
    }),
    appendCommands: new Histogram({
      name: 'onsale_append_commands',
      help: 'Commands that shared one append.',
      buckets: batchBuckets,
      registers,
    }),
    snapshots: new Counter({
      name: 'onsale_snapshots_total',
      help: 'Snapshots that were taken, used to start from, ignored in favour of the whole log, or failed to be taken.',
      labelNames: ['outcome'],
      registers,
    }),
    snapshotDuration: new Histogram({
      name: 'onsale_snapshot_duration_seconds',
      help: 'Time to save a state, in slices between other work.',
      buckets: latencyBuckets,
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
    projectionState: new Gauge({
      name: 'onsale_projection_state',
      help: '1 for the state that a projection is in: booting, active, stalled, paused, rebuilding or error.',
      labelNames: ['projection', 'state'],
      registers: [atScrape],
    }),
    parkedEvents: new Gauge({
      name: 'onsale_projection_parked_events',
      help: 'Events that a projection holds back because it could not take one of their concert.',
      labelNames: ['projection'],
      registers: [atScrape],
    }),
    scrapeMissing: new Gauge({
      name: 'onsale_scrape_missing',
      help: 'Parts that did not answer in time for this scrape: workers (how many), primary, projections (1 for yes).',
      labelNames: ['part'],
      registers: [atScrape],
    }),
    workerEnds: new Counter({
      name: 'onsale_worker_ends_total',
      help: 'Workers that ended and were replaced: hung, not-started, or ended by themselves or a signal.',
      labelNames: ['reason'],
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

export type Metrics = ReturnType<typeof createMetrics>;

/** Adds the figures of the process itself: memory, CPU, event loop, garbage collection. Once per process. */
export const observeProcess = ({ registry }: Metrics): void => collectDefaultMetrics({ register: registry });
