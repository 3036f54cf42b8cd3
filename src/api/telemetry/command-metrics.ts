import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { batchBuckets, latencyBuckets } from './buckets.js';

/** The write side. */
export function commandMetrics(registers: Registry[]) {
  return {
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
      help: 'Purchases, and calls about holds, sent to the queue of their concert, for its owner to decide.',
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
  };
}
