import { afterEach, expect, test } from 'vitest';
import { pauseProjection, resumeProjection } from '../../src/projections/operations/pause-resume-reset.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { auditConcert, type ConcertAudit, soundnessOf } from '../../src/replay/audit/audit.js';
import { kill, killAll, linesOf, startChild } from '../projections/child.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';

afterEach(killAll);

/** I11 promises nothing during a fault; it is checked after all have healed. */
const violatedIn = (audit: ConcertAudit | null) =>
  audit?.findings.filter(({ verdict, invariant }) => verdict === 'violated' && invariant !== 'I11') ?? [];

test('over a sale with rebuilds, pauses and kills no audit raises a false alarm', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const { database, store, cache: stock } = side;
  const audit = (stockPatienceMs?: number) =>
    auditConcert(
      { store, database, stock, ...(stockPatienceMs === undefined ? {} : { stockPatienceMs }) },
      'rock',
    );
  const events = saleOf('rock', 2_000);
  let sold = 21; // A ticket and its VIP seat are never in different appends.
  await record(store, 'rock', events.slice(0, sold));
  const faults = async () => {
    const runner = startChild('projecting-process', namespace);
    await linesOf(runner, 2);
    await pauseProjection(database, 'tickets');
    expect(await rebuild({ database, store, names: ['purchases'] })).toMatchObject({ kind: 'done' });
    await resumeProjection(database, 'tickets');
    const rebuilding = startChild('rebuilding-process', namespace);
    await linesOf(rebuilding, 1);
    await kill(rebuilding);
    await kill(runner);
  };
  let isFaulty = true;
  const sellAndAudit = async () => {
    let audits = 0;
    for (; isFaulty; audits++) {
      await record(store, 'rock', events.slice(0, sold + 5), 5, sold);
      sold = Math.min(sold + 5, events.length);
      expect(violatedIn(await audit(0))).toEqual([]);
    }
    return audits;
  };
  const healed = faults().finally(() => {
    isFaulty = false;
  });
  const [audits] = await Promise.all([sellAndAudit(), healed]);
  expect(audits).toBeGreaterThan(3);
  side.runner.start();
  const isSound = async () => {
    const last = await audit();
    return last !== null && last.revision === BigInt(sold - 1) && soundnessOf(last) === 'sound';
  };
  await untilAsync(isSound, 'an audit of the whole sale that finds nothing', 60_000);
  await side.close();
});
