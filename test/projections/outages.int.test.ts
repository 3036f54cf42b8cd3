import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  loadCheckpoints,
  lockLiveCheckpoints,
  markCaughtUp,
} from '../../src/projections/apply/checkpoints.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { Relay } from '../../torture/cluster/relay.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide, waitingForRows } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

test('after all connections to Postgres are cut during a sale, the tables equal the log', async () => {
  const side = await openReadSide(uniqueNamespace());
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  const events = saleOf('punk', 1_500);
  const recording = record(side.store, 'punk', events, 10);
  for (let cut = 1n; cut <= 4n; cut++) {
    expect(await models.waitFor('punk', cut * 200n, 30_000)).toBe(true);
    await cutConnections(side.database);
  }
  expect(await models.waitFor('punk', await recording, 30_000)).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('punk', events)));
  expect(side.told.leading).toBe(true);
  await side.close();
});

test('projections that caught up together are noted so together, whatever is cut meanwhile', async () => {
  const side = await openReadSide(uniqueNamespace());
  const { kysely } = side.database;
  const live = (await loadCheckpoints(kysely)).filter(({ slot }) => slot === 'live');
  const noted = async () => (await loadCheckpoints(kysely)).filter(({ caughtUp }) => caughtUp).length;
  const noting = await kysely.transaction().execute(async (transaction) => {
    await sql`select from checkpoints where projection = ${live.at(-1)?.projection} for update`.execute(
      transaction,
    );
    const noting = markCaughtUp(kysely, live);
    await expect.poll(() => waitingForRows(side.database), { timeout: 50_000 }).toBe(1);
    expect(await noted()).toBe(0);
    return [noting];
  });
  await Promise.all(noting);
  expect(await noted()).toBe(live.length);
  await side.close();
});

test('a runner and an operator who lock several checkpoints do not wait for each other', async () => {
  const side = await openReadSide(uniqueNamespace());
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  const events = saleOf('polka', 20);
  const first = await record(side.store, 'polka', events.slice(0, 10));
  expect(await models.waitFor('polka', first, 30_000)).toBe(true);
  let last = first;
  await side.database.kysely.transaction().execute(async (transaction) => {
    await lockLiveCheckpoints(transaction, ['holds']);
    last = await record(side.store, 'polka', events, 500, 10);
    await expect.poll(() => waitingForRows(side.database), { timeout: 50_000 }).toBe(1);
    await lockLiveCheckpoints(transaction, ['tickets']);
  });
  expect(await models.waitFor('polka', last, 30_000)).toBe(true);
  expect(side.told.failures).toEqual([]);
  await side.close();
});

test('after the connection to the event store is cut during a sale, the tables equal the log', async () => {
  const url = new URL(testServers().eventStoreUrl);
  const relay = await Relay.open(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${relay.port}`;
  const namespace = uniqueNamespace();
  const writer = await openReadSide(namespace);
  const side = await openReadSide(namespace, { ...testServers(), eventStoreUrl: url.href });
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  const events = saleOf('ska', 400);
  expect(await models.waitFor('ska', await record(writer.store, 'ska', events.slice(0, 200)), 30_000)).toBe(
    true,
  );
  relay.cut();
  const last = await record(writer.store, 'ska', events, 500, 200);
  await expect.poll(() => side.told.failures.length, { timeout: 50_000 }).toBeGreaterThan(2);
  expect(await models.waitFor('ska', last, 0)).toBe(false);
  relay.heal();
  expect(await models.waitFor('ska', last, 30_000)).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('ska', events)));
  await side.close();
  await writer.close();
  await relay.close();
});

test('stock that Redis loses during a sale is back after one sweep', async () => {
  const side = await openReadSide(uniqueNamespace());
  side.runner.start();
  const concerts = ['blues', 'soul', 'funk'];
  const events = saleOf('blues', 50);
  for (const concertId of concerts) await record(side.store, concertId, saleOf(concertId, 50));
  const stockOf = () => Promise.all(concerts.map((concertId) => side.cache.get(concertId)));
  const right = { remaining: 5, held: 0, revision: BigInt(events.length - 1) };
  await expect.poll(stockOf, { timeout: 50_000 }).toEqual([right, right, right]);
  const keys = await side.redis.primary.keys(`${side.redis.prefix}*`);
  await side.redis.primary.del(...keys);
  const more = saleOf('late', 100);
  await record(side.store, 'late', more, 5);
  await expect.poll(stockOf, { timeout: 50_000 }).toEqual([right, right, right]);
  await expect
    .poll(() => side.cache.get('late'), { timeout: 50_000 })
    .toEqual({ remaining: 10, held: 0, revision: BigInt(more.length - 1) });
  await side.close();
});

/** Cuts the sessions of this schema, the one with the lock among them. */
async function cutConnections(database: Awaited<ReturnType<typeof openReadSide>>['database']): Promise<void> {
  await sql`
    select pg_terminate_backend(a.pid) from pg_stat_activity a
    where a.pid <> pg_backend_pid() and a.application_name like ${`onsale/%${database.schema}`}`.execute(
    database.kysely,
  );
}
