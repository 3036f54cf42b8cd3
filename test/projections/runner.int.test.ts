import { afterEach, expect, test } from 'vitest';
import { loadCheckpoints } from '../../src/projections/apply/checkpoints.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

type ReadSide = Awaited<ReturnType<typeof openReadSide>>;
const opened: ReadSide[] = [];
const open = async (namespace: string): Promise<ReadSide> => {
  const side = await openReadSide(namespace);
  opened.push(side);
  return side;
};
afterEach(async () => {
  for (const side of opened.splice(0)) await side.close();
});

test('a sale is in the read models, in the order of the log, and its stock in Redis', async () => {
  const side = await open(uniqueNamespace());
  side.runner.start();
  const events = saleOf('rock', 300);
  const last = await record(side.store, 'rock', events, 7);
  const models = new ReadModels(side.database, () => {});
  expect(await models.waitFor('rock', last, 20_000)).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('rock', events)));
  await expect
    .poll(() => side.cache.get('rock'), { timeout: 50_000 })
    .toEqual({ remaining: 30, held: 0, revision: last });
  expect(side.told.failures).toEqual([]);
});

test('runners of two processes: one projects, the other takes over, nothing is applied twice', async () => {
  const namespace = uniqueNamespace();
  const [first, second] = [await open(namespace), await open(namespace)];
  first.runner.start();
  await expect.poll(() => first.told.leading).toBe(true);
  second.runner.start();
  const events = saleOf('jazz', 200);
  const half = events.slice(0, 120);
  const models = new ReadModels(second.database, () => {});
  const sold = await record(first.store, 'jazz', half, 5);
  expect(await models.waitFor('jazz', sold, 20_000)).toBe(true);
  expect(second.told).toMatchObject({ leading: false, applied: [] });
  await first.runner.stop();
  const last = await record(first.store, 'jazz', events, 5, half.length);
  expect(await models.waitFor('jazz', last, 20_000)).toBe(true);
  expect(second.told.leading).toBe(true);
  expect(await actualRows(second.database)).toEqual(expectedRows(toRecorded('jazz', events)));
});

test('the checkpoint passes the last event of ours when others fill the log', async () => {
  const namespace = uniqueNamespace();
  const side = await open(namespace);
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  const events = saleOf('folk', 3);
  const last = await record(side.store, 'folk', events);
  expect(await models.waitFor('folk', last, 20_000)).toBe(true);
  const applied = () => side.told.applied.reduce((sum, batch) => sum + batch.events, 0);
  await expect.poll(applied).toBe(events.length);
  const lastOfOurs = side.told.applied.at(-1)?.position?.commit;
  const other = await open(uniqueNamespace());
  await record(other.store, 'loud', saleOf('loud', 3_000));
  await expect
    .poll(async () => (await loadCheckpoints(side.database.kysely))[0]?.position?.commit, {
      timeout: 20_000,
    })
    .toBeGreaterThan(lastOfOurs ?? 0n);
  expect(applied()).toBe(events.length);
});
