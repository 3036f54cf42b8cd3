import { jsonEvent } from '@eventstore/db-client';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { refuseToShare } from '../../src/cli/serving/claim-installation.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { installationNames } from '../../src/installation/names.js';
import { LogCheck } from '../../src/projections/apply/log-check.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { projectionStatus } from '../../src/projections/operations/status.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { exportLog } from '../../src/replay/transfer/export.js';
import { importLog } from '../../src/replay/transfer/import.js';
import { linesOf } from '../../src/replay/transfer/lines.js';
import {
  openTestPostgres,
  startTestStore,
  type TestPostgres,
  type TestStore,
} from '../dev-servers/event-store/support/store.js';
import { openEventStore } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

/** Read models and stock that outlive their log. */

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await openTestPostgres();
});
afterAll(() => postgres.stop());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The claim of an installation on its keys outlives it by some seconds. */
async function letClaimEnd(namespace: string): Promise<void> {
  const redis = new Redis(testServers().redisUrl);
  expect(await redis.pexpire(`${namespace}:installation`, 1)).toBe(1);
  await redis.quit();
}

type Side = Awaited<ReturnType<typeof openReadSide>>;

/** A server with a log of its own. */
async function startServer(): Promise<TestStore> {
  const store = await startTestStore({ postgresUrl: await postgres.database() });
  closing.push(() => store.stop());
  return store;
}

async function openSide(namespace: string, { server }: TestStore): Promise<Side> {
  const side = await openReadSide(namespace, { ...testServers(), eventStoreUrl: server.connectionString });
  closing.push(() => side.close());
  return side;
}

async function sell(side: Side, concertId: string, purchases: number): Promise<bigint> {
  const last = await record(side.store, concertId, saleOf(concertId, purchases));
  const models = new ReadModels(side.database, () => {});
  for (const name of projectionNames) expect(await models.waitFor(concertId, last, 20_000, name)).toBe(true);
  await expect.poll(() => side.cache.get(concertId), { timeout: 50_000 }).toMatchObject({ revision: last });
  return last;
}

const copy = (from: EventStore, to: EventStore) =>
  importLog(to, { kind: 'pipe', lines: () => linesOf(exportLog(from, null)) });

const problems = async ({ database }: Side) =>
  (await projectionStatus(database)).map(({ state, problem }) => `${state}: ${problem}`);

const rebuildAll = ({ database, store }: Side) => rebuild({ database, store, names: projectionNames });

test('a log that was exported and imported is another log: read models report it, and a rebuild replaces them', async () => {
  const namespace = uniqueNamespace();
  const old = await openSide(namespace, await startServer());
  old.runner.start();
  await sell(old, 'rock', 5);
  await old.runner.stop();
  const moved = await startServer();
  const target = openEventStore(namespace, moved.server.connectionString);
  await copy(old.store, target);
  expect(await target.logId()).toBeNull();
  await target.close();

  const side = await openSide(namespace, moved);
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  await expect
    .poll(() => problems(side), { timeout: 50_000 })
    .toEqual(
      projectionNames.map(() => expect.stringMatching(/^error: its tables were made from another log/)),
    );
  expect(await side.store.logId()).not.toBe(await old.store.logId());
  const sold = await record(side.store, 'pop', saleOf('pop', 3));
  expect(await models.waitFor('rock', 0n, 0)).toBe(false);
  await expect.poll(() => side.cache.get('rock'), { timeout: 50_000 }).toBeNull();

  expect(await rebuildAll(side)).toMatchObject({ kind: 'done', foreign: expect.arrayContaining(['stock']) });
  expect(await models.waitFor('pop', sold, 20_000)).toBe(true);
  await expect.poll(() => problems(side), { timeout: 50_000 }).not.toContain(expect.stringMatching(/error/));
  const rows = [...toRecorded('rock', saleOf('rock', 5)), ...toRecorded('pop', saleOf('pop', 3))];
  expect(await actualRows(side.database)).toEqual(expectedRows(rows));
  await sell(side, 'jazz', 4);
  await expect.poll(() => side.cache.get('rock'), { timeout: 50_000 }).toMatchObject({ remaining: 0 });
});

test('a store restored from an older backup: sales missing from the log are reported, and gone after a rebuild', async () => {
  const namespace = uniqueNamespace();
  const [first, backup] = [await startServer(), await startServer()];
  const side = await openSide(namespace, first);
  side.runner.start();
  const logId = await side.store.identify();
  const early = await sell(side, 'rock', 10);
  // The backup: the same log, with the same id, up to here.
  const restored = openEventStore(namespace, backup.server.connectionString);
  closing.push(() => restored.close());
  const id = jsonEvent({ id: logId, type: 'LogStarted', data: {} });
  await backup.connect().appendToStream(installationNames(namespace).logStream, id);
  await copy(side.store, restored);
  await sell(side, 'lost', 10);
  await side.runner.stop();

  const after = await openSide(namespace, backup);
  expect(await after.store.identify()).toBe(logId);
  after.runner.start();
  await expect
    .poll(() => problems(after), { timeout: 50_000 })
    .toEqual(
      projectionNames.map(() =>
        expect.stringMatching(/concert lost.*is not in this one, which may be an older backup/),
      ),
    );
  await expect.poll(() => after.cache.get('lost'), { timeout: 50_000 }).toBeNull();
  const log = await LogCheck.of(after.store);
  expect((await projectionStatus(after.database, log)).every(({ state }) => state === 'error')).toBe(true);
  expect(await rebuildAll(after)).toMatchObject({ kind: 'done' });
  expect(await actualRows(after.database)).toEqual(expectedRows(toRecorded('rock', saleOf('rock', 10))));
  await sell(after, 'new', 3);
  expect(await after.cache.get('rock')).toMatchObject({ revision: early });
});

test('read models that advance during a check of the log are of this log', async () => {
  const side = await openSide(uniqueNamespace(), await startServer());
  side.runner.start();
  await sell(side, 'rock', 5);
  const log = await LogCheck.of(side.store);
  await sell(side, 'pop', 5);
  const told = await projectionStatus(side.database, log);
  expect(told.map(({ name, state, problem }) => `${name} ${state} ${problem}`)).toEqual(
    projectionNames.map((name) => `${name} active null`),
  );
});

test('an installation starts on the schema and keys of another one only after that has ended', async () => {
  const namespace = uniqueNamespace();
  const one = await openSide(namespace, await startServer());
  one.runner.start();
  await sell(one, 'rock', 3);
  const other = await openSide(namespace, await startServer());
  const logger = pino({ level: 'silent' });
  const start = (patienceMs?: number) => refuseToShare({ ...other, stock: other.cache }, logger, patienceMs);
  await expect(start(1_000)).rejects.toThrow(/Another installation, whose log is .*, uses the schema/);
  other.runner.start();
  const told = () => other.told.failures.map(({ error }) => String(error));
  await expect
    .poll(told, { timeout: 50_000 })
    .toContainEqual(expect.stringMatching(/SharedSchema: .*NAMESPACE/));
  await other.runner.stop();
  await one.runner.stop();
  await letClaimEnd(namespace);
  await start();
});
