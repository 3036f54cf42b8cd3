import { afterEach, expect, test } from 'vitest';
import { ReadModels } from '../../src/projections/read-models.js';
import { uniqueNamespace } from '../support/stack.js';
import { kill, killAll, linesOf, startChild } from './child.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

afterEach(killAll);

test('a process killed in the midst of its transactions, again and again, loses and doubles nothing', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const events = saleOf('metal', 2_000);
  const last = await record(side.store, 'metal', events);
  for (let kills = 0; kills < 4; kills++) {
    const child = startChild('projecting-process', namespace);
    await linesOf(child, 3 + kills);
    await kill(child);
  }
  const models = new ReadModels(side.database, () => {});
  expect((await models.concert('metal'))?.revision).toBeLessThan(last);
  startChild('projecting-process', namespace);
  expect(await models.waitFor('metal', last, 30_000)).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('metal', events)));
  await side.close();
}, 90_000);

test('a rebuild killed again and again is finished by the next one, and half a table is never served', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const events = saleOf('metal', 1_500);
  const rows = expectedRows(toRecorded('metal', events));
  side.runner.start();
  const models = new ReadModels(side.database, () => {});
  expect(await models.waitFor('metal', await record(side.store, 'metal', events), 30_000)).toBe(true);
  for (let kills = 0; kills < 3; kills++) {
    const child = startChild('rebuilding-process', namespace);
    await linesOf(child, 4 + kills);
    await kill(child);
    expect(await actualRows(side.database)).toEqual(rows);
  }
  expect(await linesOf(startChild('rebuilding-process', namespace))).toBe('done');
  expect(await actualRows(side.database)).toEqual(rows);
  await side.close();
}, 90_000);
