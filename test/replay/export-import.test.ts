import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.js';
import { exportLog } from '../../src/replay/export.js';
import { ImportRefused, importLog } from '../../src/replay/import.js';
import { linesOf } from '../../src/replay/lines.js';
import { record, saleOf } from '../projections/sale.js';
import { openEventStore } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

const stores: EventStore[] = [];
let folder: string;
let source: EventStore;
let exported: string;

const open = (namespace = uniqueNamespace()): EventStore => {
  const store = openEventStore(namespace);
  stores.push(store);
  return store;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onsale-export-'));
  source = open();
  const [rock, folk] = [saleOf('rock', 800), saleOf('folk', 400)];
  // Concerts that take turns, so that the order of the whole log is more than that of its streams.
  const turn = 7;
  for (let from = 0; from < folk.length; from += turn) {
    await record(source, 'folk', folk.slice(0, from + turn), turn, from);
    await record(source, 'rock', rock.slice(0, from + turn), 3, from);
  }
  await record(source, 'rock', rock, 500, Math.ceil(folk.length / turn) * turn);
  exported = await textOf(source);
}, 60_000);
afterAll(async () => {
  for (const store of stores) await store.close();
  await rm(folder, { recursive: true });
});

async function textOf(store: EventStore, concertId: string | null = null): Promise<string> {
  let text = '';
  for await (const chunk of exportLog(store, concertId)) text += chunk;
  return text;
}

/** Without what a store gives anew. */
const essence = (text: string): string => text.replace(/"position":"\d+\/\d+","recordedAt":"[^"]*",/g, '');

const linesIn = (text: string) =>
  linesOf(
    (async function* () {
      for (let i = 0; i < text.length; i += 1_000) yield text.slice(i, i + 1_000);
    })(),
  );

test('exported, imported and exported again, a log is the same to the byte but for positions and times', async () => {
  const target = open();
  const { events, alreadyThere } = await importLog(target, linesIn(exported));
  expect({ events, alreadyThere }).toEqual({ events: exported.split('\n').length - 3, alreadyThere: 0 });
  const again = await textOf(target);
  expect(again).not.toBe(exported);
  expect(essence(again)).toBe(essence(exported));
});

test('one concert alone goes the same way, beside others', async () => {
  const target = open();
  const folk = await textOf(source, 'folk');
  await record(target, 'jazz', saleOf('jazz', 5));
  await importLog(target, linesIn(folk));
  expect(essence(await textOf(target, 'folk'))).toBe(essence(folk));
});

test('importing again writes nothing', async () => {
  const target = open();
  const first = await importLog(target, linesIn(exported));
  const second = await importLog(target, linesIn(exported));
  expect(second).toEqual({ ...first, alreadyThere: first.events });
});

test('events are stored in the shape and under the metadata that they had', async () => {
  const target = open();
  const old = exported.replaceAll('"schemaVersion":1', '"schemaVersion":1,"note":"kept"');
  await expect(importLog(target, linesIn(old))).rejects.toThrow('was changed since its export');
  const [first] = (await target.read('rock', 0n, 1).next()).value ?? [];
  expect(first?.metadata).toEqual({ schemaVersion: 1, note: 'kept' });
});

test('a store that holds anything else is refused, and nothing is written', async () => {
  const target = open();
  await record(target, 'jazz', saleOf('jazz', 5));
  const before = await textOf(target);
  await expect(importLog(target, linesIn(exported))).rejects.toThrow(/already holds other events/);
  expect(await textOf(target)).toBe(before);
});

test('a store that holds the whole file and more is refused', async () => {
  const target = open();
  await importLog(target, linesIn(exported));
  await record(target, 'jazz', saleOf('jazz', 5));
  await expect(importLog(target, linesIn(exported))).rejects.toThrow(/the whole file and more/);
});

test('a file that ends early is imported as far as it goes, and the whole file after it', async () => {
  const target = open();
  const part = exported.split('\n').slice(0, 300).join('\n');
  await expect(importLog(target, linesIn(part))).rejects.toThrow(/ends early, after 299 events/);
  expect(await importLog(target, linesIn(exported))).toMatchObject({ alreadyThere: 299 });
  expect(essence(await textOf(target))).toBe(essence(exported));
});

test.each([
  ['no log at all', () => '{"some":"thing"}\n'],
  ['text', () => 'rock\n'],
  ['a later version', () => '{"onsale":"log","version":2,"concertId":null}\n'],
  ['a line that was cut', () => exported.slice(0, 2_000)],
  ['a gap', () => exported.split('\n').toSpliced(-300, 5).join('\n')],
])('what is not as exported is refused: %s', async (_, text) => {
  await expect(importLog(open(), linesIn(text()))).rejects.toThrow(ImportRefused);
});

test('killed again and again in the middle, an import loses and doubles nothing', async () => {
  const namespace = uniqueNamespace();
  const target = open(namespace);
  const file = join(folder, 'log.ndjson');
  await writeFile(file, exported);
  const lastOfRock = (await source.readLast('rock'))?.revision ?? 0n;
  for (const quarter of [1n, 2n]) {
    const child = startImport(namespace, file);
    const exit = once(child, 'exit');
    let there = -1n;
    while (there < (quarter * lastOfRock) / 4n) there = (await target.readLast('rock'))?.revision ?? -1n;
    child.kill('SIGKILL');
    await exit;
  }
  const [code] = await once(startImport(namespace, file), 'exit');
  expect(code).toBe(0);
  expect(essence(await textOf(target))).toBe(essence(exported));
}, 120_000);

function startImport(namespace: string, file: string): ChildProcess {
  const { eventStoreUrl, databaseUrl, redisUrl } = testServers();
  return spawn(process.execPath, [resolve('dist/src/cli/main.js'), 'import', file], {
    env: {
      ...process.env,
      NAMESPACE: namespace,
      EVENTSTORE_URL: eventStoreUrl,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
