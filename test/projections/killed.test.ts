import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { ReadModels } from '../../src/projections/read-models.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function startProjecting(namespace: string): ChildProcess {
  const { eventStoreUrl, databaseUrl, redisUrl } = testServers();
  const child = spawn(
    process.execPath,
    [resolve('dist/test/projections/projecting-process.js'), namespace, eventStoreUrl, databaseUrl, redisUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  return child;
}

/** Resolves after this many transactions of the process. */
async function transactions(child: ChildProcess, count: number): Promise<void> {
  if (child.stdout === null) throw new Error('the process has no output');
  let seen = 0;
  for await (const _ of createInterface({ input: child.stdout })) {
    seen += 1;
    if (seen >= count) return;
  }
  throw new Error(`the process ended after ${seen} transactions`);
}

test('a process killed in the midst of its transactions, again and again, loses and doubles nothing', async () => {
  const namespace = uniqueNamespace();
  const side = await openReadSide(namespace);
  const events = saleOf('metal', 2_000);
  const last = await record(side.store, 'metal', events);
  for (let kill = 0; kill < 4; kill++) {
    const child = startProjecting(namespace);
    await transactions(child, 3 + kill);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const models = new ReadModels(side.database, () => {});
  expect((await models.concert('metal'))?.revision).toBeLessThan(last);
  startProjecting(namespace);
  expect(await models.waitFor('metal', last, 30_000)).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('metal', events)));
  await side.close();
}, 90_000);
