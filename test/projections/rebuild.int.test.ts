import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/postgres/database.js';
import { loadCheckpoints } from '../../src/projections/apply/checkpoints.js';
import { projectionNames } from '../../src/projections/models/index.js';
import {
  pauseProjection,
  resetProjection,
  resumeProjection,
} from '../../src/projections/operations/pause-resume-reset.js';
import { measureLag, projectionStatus } from '../../src/projections/operations/status.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { dropReplaced } from '../../src/projections/rebuild/discard.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
beforeEach(async () => {
  side = await openReadSide(uniqueNamespace());
  models = new ReadModels(side.database, () => {});
});
afterEach(() => side.close());

const states = async () =>
  Object.fromEntries((await projectionStatus(side.database)).map(({ name, state }) => [name, state]));

test('all read models are rebuilt in one pass while sales go on, and are the same row for row', async () => {
  side.runner.start();
  const events = saleOf('rock', 2_000);
  const half = Math.floor(events.length / 2);
  expect(await models.waitFor('rock', await record(side.store, 'rock', events.slice(0, half)), 20_000)).toBe(
    true,
  );
  const selling = record(side.store, 'rock', events, 10, half);
  const { database, store } = side;
  const result = await rebuild({ database, store, names: projectionNames, maxBatch: 200 });
  expect(result).toMatchObject({ kind: 'done', differences: [] });
  expect(await models.waitFor('rock', await selling, 30_000)).toBe(true);
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('rock', events)));
  expect(new Set(Object.values(await states()))).toEqual(new Set(['active']));
  await dropReplaced(database);
});

test('an interrupted rebuild continues where it was, also after its process was killed', async () => {
  const events = saleOf('rock', 800);
  side.runner.start();
  expect(await models.waitFor('rock', await record(side.store, 'rock', events), 20_000)).toBe(true);
  const { database, store } = side;
  const stop = new AbortController();
  const first = await rebuild({
    database,
    store,
    names: ['tickets'],
    maxBatch: 50,
    signal: stop.signal,
    onProgress: ({ events: taken }) => {
      if (taken >= 300) stop.abort();
    },
  });
  expect(first).toMatchObject({ kind: 'interrupted' });
  expect(await states()).toMatchObject({ tickets: 'active', concerts: 'active' });
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('rock', events)));
  const second = await rebuild({ database, store, names: ['tickets'] });
  expect(second).toMatchObject({ kind: 'done', events: events.length - first.events });
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('rock', events)));
});

test('a rebuild during a sale needs only the two connections of the smallest configured pool', async () => {
  side.runner.start();
  const events = saleOf('rock', 300);
  const half = Math.floor(events.length / 2);
  const there = await record(side.store, 'rock', events.slice(0, half));
  expect(await models.waitFor('rock', there, 20_000)).toBe(true);
  const { schema } = side.database;
  const { databaseUrl: url } = testServers();
  const small = openDatabase({ url, namespace: schema, poolSize: 2, onError: () => {} });
  const selling = record(side.store, 'rock', events, 10, half);
  const result = await rebuild({ database: small, store: side.store, names: projectionNames, maxBatch: 50 });
  expect(result).toMatchObject({ kind: 'done', differences: [] });
  expect(await models.waitFor('rock', await selling, 20_000)).toBe(true);
  await small.close();
});

test('differing tables are swapped in only if accepted, and are right then', async () => {
  const events = saleOf('rock', 100);
  side.runner.start();
  expect(await models.waitFor('rock', await record(side.store, 'rock', events), 20_000)).toBe(true);
  const { database, store } = side;
  await sql`update tickets set customer_id = 'a thief' where number = 7`.execute(database.kysely);
  const refused = await rebuild({ database, store, names: ['tickets', 'stock'] });
  expect(refused).toMatchObject({
    kind: 'different',
    differences: [
      { projection: 'tickets', table: 'tickets', concertId: 'rock', liveRows: 100, builtRows: 100 },
    ],
  });
  expect((await models.tickets('rock', { limit: 7, cursor: null })).items[6]?.customerId).toBe('a thief');
  const accepted = await rebuild({ database, store, names: ['tickets', 'stock'], acceptDifferences: true });
  expect(accepted).toMatchObject({ kind: 'done', differences: [{ concertId: 'rock' }] });
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('rock', events)));
  const more = saleOf('pop', 30);
  expect(await models.waitFor('pop', await record(store, 'pop', more), 20_000, 'tickets')).toBe(true);
});

test('a paused projection does not move while the others advance, and catches up when resumed', async () => {
  const events = saleOf('rock', 200);
  side.runner.start();
  await expect.poll(states, { timeout: 50_000 }).toMatchObject({ concerts: 'active', tickets: 'active' });
  const half = await record(side.store, 'rock', events.slice(0, 100));
  expect(await models.waitFor('rock', half, 20_000, 'tickets')).toBe(true);
  await pauseProjection(side.database, 'tickets');
  const last = await record(side.store, 'rock', events, 10, 100);
  expect(await models.waitFor('rock', last, 20_000)).toBe(true);
  expect(await models.waitFor('rock', last, 0, 'tickets')).toBe(false);
  expect(await states()).toMatchObject({ tickets: 'paused', concerts: 'active' });
  const tickets = (await loadCheckpoints(side.database.kysely)).find((each) => each.projection === 'tickets');
  expect(await measureLag(side.store, tickets?.position ?? null)).toMatchObject({
    events: events.length - 100,
    atLeast: false,
  });
  await resumeProjection(side.database, 'tickets');
  expect(await models.waitFor('rock', last, 20_000, 'tickets')).toBe(true);
  await expect.poll(states, { timeout: 50_000 }).toMatchObject({ tickets: 'active' });
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('rock', events)));
});

test('a reset projection is filled again from the start of the log', async () => {
  const events = saleOf('rock', 200);
  side.runner.start();
  const last = await record(side.store, 'rock', events);
  expect(await models.waitFor('rock', last, 20_000)).toBe(true);
  await sql`delete from purchases`.execute(side.database.kysely);
  await resetProjection(side.database, 'purchases');
  await expect.poll(states, { timeout: 50_000 }).toMatchObject({ purchases: 'active' });
  expect(await models.waitFor('rock', last, 20_000, 'purchases')).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('rock', events)));
});
