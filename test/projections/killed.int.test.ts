import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { uniqueNamespace } from '../support/stack.js';
import { kill, killAll, linesOf, startChild } from './child.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide, waitingForRows } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

afterEach(killAll);

test('a process killed between moving its checkpoint and writing its rows has done neither', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const events = saleOf('metal', 1_000);
  const last = await record(side.store, 'metal', events);
  const models = new ReadModels(side.database, () => {});
  for (let kills = 1; kills <= 2; kills++) {
    const child = startChild('projecting-process', namespace);
    await linesOf(child, kills * 2);
    await side.database.kysely.transaction().execute(async (transaction) => {
      await sql`lock table tickets in access exclusive mode`.execute(transaction);
      await expect.poll(() => waitingForRows(side.database), { timeout: 50_000 }).toBe(1);
      await kill(child);
    });
    const { sold } = (await models.concert('metal')) ?? { sold: 0 };
    expect((await actualRows(side.database)).tickets.filter((row) => row.released_at === null)).toHaveLength(
      sold,
    );
  }
  expect((await models.concert('metal'))?.revision).toBeLessThan(last);
  startChild('projecting-process', namespace);
  expect(await models.waitFor('metal', last, 30_000)).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('metal', events)));
  await side.close();
});

test('a rebuild killed again and again is finished by the next one, and half a table is never served', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const events = saleOf('metal', 1_500);
  const rows = expectedRows(toRecorded('metal', events));
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  expect(await models.waitFor('metal', await record(side.store, 'metal', events), 30_000)).toBe(true);
  for (let kills = 0; kills < 2; kills++) {
    const child = startChild('rebuilding-process', namespace);
    await linesOf(child, 4 + kills);
    await kill(child);
    expect(await actualRows(side.database)).toEqual(rows);
  }
  expect(await linesOf(startChild('rebuilding-process', namespace))).toBe('done');
  expect(await actualRows(side.database)).toEqual(rows);
  await side.close();
});
