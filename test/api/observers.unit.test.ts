import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/api/telemetry/metrics.js';
import { commandObserver, projectionObserver } from '../../src/api/telemetry/observers.js';

function listening() {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const metrics = createMetrics();
  return { lines, metrics, logger: pino(sink), text: () => metrics.registry.metrics() };
}

describe('what the commands tell', () => {
  test('of a lost Redis is counted each time and logged once', async () => {
    const { lines, metrics, logger, text } = listening();
    const observer = commandObserver(metrics, logger);
    for (let i = 0; i < 100; i++) observer.ranWithoutLock('c1', 'ECONNREFUSED');
    observer.stockWriteFailed('ECONNREFUSED');
    observer.queueBypassed('c1', 'ECONNREFUSED');
    observer.lockReleaseFailed('c1', 'ECONNREFUSED');
    observer.queueEntriesDropped('c1', 'older', 3);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({ level: 40, concertId: 'c1', problem: 'ECONNREFUSED' });
    expect(await text()).toContain('onsale_commands_without_lock_total 100');
    expect(await text()).toContain('onsale_redis_failures_total{use="stock"} 1');
    expect(await text()).toContain('onsale_queue_entries_dropped_total{why="older"} 3');
  });

  test('of snapshots is counted, and what is wrong with one is logged', async () => {
    const { lines, metrics, logger, text } = listening();
    const observer = commandObserver(metrics, logger);
    observer.snapshotSaved('c1', 250);
    observer.snapshotUsed('c1');
    observer.snapshotIgnored('c1', 'of another log');
    observer.snapshotIgnored('c1', 'of another log');
    observer.snapshotSaveFailed('c1', 'ECONNREFUSED');
    expect(lines.map(({ problem }) => problem)).toEqual(['of another log', 'ECONNREFUSED']);
    const told = await text();
    expect(told).toContain('onsale_snapshots_total{outcome="taken"} 1');
    expect(told).toContain('onsale_snapshots_total{outcome="used"} 1');
    expect(told).toContain('onsale_snapshots_total{outcome="ignored"} 2');
    expect(told).toContain('onsale_snapshots_total{outcome="failed"} 1');
    expect(told).toContain('onsale_snapshot_duration_seconds_sum 0.25');
  });

  test('of appends is measured', async () => {
    const { metrics, logger, text } = listening();
    const observer = commandObserver(metrics, logger);
    observer.appended(3, 4, 5);
    observer.appendConflicted('c1');
    const told = await text();
    expect(told).toContain('onsale_append_commands_sum 3');
    expect(told).toContain('onsale_appended_events_total 4');
    expect(told).toContain('onsale_append_duration_seconds_sum 0.005');
    expect(told).toContain('onsale_append_conflicts_total 1');
  });
});

test('what the projections tell is measured, and kept for those who ask', async () => {
  const { lines, metrics, logger, text } = listening();
  const { observer, state } = projectionObserver(metrics, logger);
  expect(state()).toEqual({ leading: false, lagMs: null, failing: null });
  observer.leading(true);
  observer.failed('projecting', new Error('gone'));
  observer.failed('projecting', new Error('gone'));
  expect(state()).toEqual({ leading: true, lagMs: null, failing: 'projecting' });
  const position = { commit: 1n, prepare: 1n };
  observer.applied({ events: 2, position, lagMs: 250, tookMs: 3, traces: () => [] });
  observer.applied({ events: 0, position, lagMs: null, tookMs: 3, traces: () => [] });
  expect(state()).toEqual({ leading: true, lagMs: 250, failing: null });
  expect(lines).toHaveLength(2);
  const told = await text();
  expect(told).toContain('onsale_projecting 1');
  expect(told).toContain('onsale_projected_events_total 2');
  expect(told).toContain('onsale_projection_lag_seconds_sum 0.25');
  expect(told).toContain('onsale_projection_failures_total{part="projecting"} 2');
});
