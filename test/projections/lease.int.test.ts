import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { type Lease, leaseStatus, takeLease } from '../../src/postgres/lease.js';
import { openLeaseSession } from '../../src/postgres/lease-session.js';
import {
  CheckpointMoved,
  lockLiveCheckpoints,
  moveCheckpoints,
} from '../../src/projections/apply/checkpoints.js';
import { activeLagSeconds, projectionStatus } from '../../src/projections/operations/status.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { systemClock } from '../../src/waiting/clock.js';
import { uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';
import { killAll, linesOf, startChild } from './child.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

afterEach(killAll);

test('a leader that hangs is succeeded, and writes nothing when it wakes up', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const events = saleOf('rock', 600);
  await record(side.store, 'rock', events.slice(0, 200), 20);
  const leader = startChild('projecting-process', namespace);
  await linesOf(leader, 2);
  const before = await leaseStatus(side.database.kysely);
  leader.kill('SIGSTOP');
  side.runner.start();
  await untilAsync(async () => side.told.leading, 'the standby to take over', 10_000);
  const last = await record(side.store, 'rock', events, 20, 200);
  const models = new ReadModels(side.database, () => {});
  expect(await models.waitFor('rock', last, 20_000)).toBe(true);
  const holder = async () => (await leaseStatus(side.database.kysely)).holder;
  const standby = await holder();
  expect(standby).not.toBe(before.holder);
  leader.kill('SIGCONT');
  const more = saleOf('pop', 300);
  const end = await record(side.store, 'pop', more, 10);
  expect(await models.waitFor('pop', end, 20_000)).toBe(true);
  expect(await holder()).toBe(standby);
  expect(await actualRows(side.database)).toEqual(
    expectedRows([...toRecorded('rock', events), ...toRecorded('pop', more)]),
  );
  await side.close();
});

test('a runner that lost the lease notices, and writes nothing more, even if no other runner has written since', async () => {
  const { database, close } = await openReadSide(uniqueNamespace());
  const { signal } = new AbortController();
  const take = async () => {
    const lease = await takeLease(
      {
        ...{ open: () => openLeaseSession(database.url), clock: systemClock },
        ...{ holder: 'a runner', logId: 'a log' },
      },
      signal,
    );
    if (lease === null) throw new Error('no lease');
    return lease;
  };
  const write = ({ epoch }: Lease) =>
    database.kysely.transaction().execute(async (transaction) => {
      const tickets = (await lockLiveCheckpoints(transaction, ['tickets'])).map((each) => ({
        ...{ projection: each.projection, slot: each.slot, epoch: each.epoch, from: each.position },
        to: { commit: (each.position?.commit ?? 0n) + 1n, prepare: 0n },
      }));
      await moveCheckpoints(transaction, tickets, { logId: 'a log', lastEvent: null, leaseEpoch: epoch });
    });
  const first = await take();
  await write(first);
  const second = await take();
  await expect(write(first)).rejects.toThrow(CheckpointMoved);
  await write(second);
  await until(() => first.lost.aborted, 'the first to be told');
  expect(second.lost.aborted).toBe(false);
  await first.release();
  await write(second);
  await second.release();
  await close();
});

test('the status reports a failure of projecting for as long as it lasts', async () => {
  const side = await openReadSide(uniqueNamespace());
  const { kysely } = side.database;
  side.runner.start();
  const states = async () =>
    new Set((await projectionStatus(side.database)).map(({ state, problem }) => `${state}: ${problem}`));
  await expect.poll(states, { timeout: 50_000 }).toEqual(new Set(['active: null']));
  await sql`alter table tickets rename to mislaid`.execute(kysely);
  const last = await record(side.store, 'rock', saleOf('rock', 20));
  await expect
    .poll(async () => [...(await states())], { timeout: 50_000 })
    .toEqual([expect.stringMatching(/^stalled: .*"tickets" does not exist/)]);
  await sql`alter table mislaid rename to tickets`.execute(kysely);
  expect(await new ReadModels(side.database, () => {}).waitFor('rock', last, 20_000)).toBe(true);
  await expect.poll(states, { timeout: 50_000 }).toEqual(new Set(['active: null']));
  await side.close();
});

test('the status reports that no process projects, and an unapplied event counts as lag', async () => {
  const side = await openReadSide(uniqueNamespace());
  side.runner.start();
  const states = async () => new Set((await projectionStatus(side.database)).map(({ state }) => state));
  await expect.poll(states, { timeout: 50_000 }).toEqual(new Set(['active']));
  await side.runner.stop();
  const asOfThen = await projectionStatus(side.database);
  expect(await activeLagSeconds(side.store, asOfThen)).toBe(0);
  await record(side.store, 'rock', saleOf('rock', 20));
  await untilAsync(
    async () => (await activeLagSeconds(side.store, asOfThen)) > 0,
    'the lag of an event that no runner applies',
  );
  expect(await states()).toEqual(new Set(['active']));
  // As if the lease had been free for longer than a takeover takes.
  await sql`update lease set expires_at = expires_at - interval '5 seconds'`.execute(side.database.kysely);
  expect(await states()).toEqual(new Set(['stalled']));
  const [status] = await projectionStatus(side.database);
  expect(status?.problem).toMatch(/^no process has projected for \d+ s; the last was /);
  await side.close();
});
