import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.js';
import { streamNames } from '../../src/event-store/stream-names.js';
import { stateAt } from '../../src/replay/time-travel/state-at.js';
import { exportLog } from '../../src/replay/transfer/export.js';
import { importLog } from '../../src/replay/transfer/import.js';
import { LineTooLong, linesOf } from '../../src/replay/transfer/lines.js';
import { ImportRefused } from '../../src/replay/transfer/verified-log.js';
import { record, saleOf } from '../projections/sale.js';
import { openEventStore } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { holdsAfter } from './sound-holds.js';

const stores: EventStore[] = [];
let folder: string;
let source: EventStore;
let exported: string;

const namespaces: string[] = [];
const open = (namespace = uniqueNamespace()): EventStore => {
  namespaces.push(namespace);
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
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await rm(folder, { recursive: true });
});

async function textOf(store: EventStore, concertId: string | null = null): Promise<string> {
  let text = '';
  for await (const chunk of exportLog(store, concertId)) text += chunk;
  return text;
}

const isEvent = (line: string): boolean => line.startsWith('{"position"') || line.startsWith('{"concertId"');
const eventsIn = (text: string): number => text.split('\n').filter(isEvent).length;
const lastLineOfNothing = JSON.stringify({
  events: 0,
  sha256: createHash('sha256').digest('hex'),
});

/** Without the fields that each store assigns. */
const essence = (text: string): string => text.replace(/"position":"\d+\/\d+","recordedAt":"[^"]*",/g, '');

const linesIn = (text: string) =>
  linesOf(
    (async function* () {
      for (let i = 0; i < text.length; i += 1_000) yield text.slice(i, i + 1_000);
    })(),
  );

const file = (text: string) => ({ kind: 'file', lines: () => linesIn(text) }) as const;
const pipe = (text: string) => ({ kind: 'pipe', lines: () => linesIn(text) }) as const;

test('exported, imported and exported again, a log is the same to the byte but for positions and times', async () => {
  const target = open();
  const { events, alreadyThere } = await importLog(target, file(exported));
  expect({ events, alreadyThere }).toEqual({ events: eventsIn(exported), alreadyThere: 0 });
  const again = await textOf(target);
  expect(again).not.toBe(exported);
  expect(essence(again)).toBe(essence(exported));
});

test('the log of one concert is exported and imported likewise, beside others', async () => {
  const target = open();
  const folk = await textOf(source, 'folk');
  await record(target, 'jazz', saleOf('jazz', 5));
  await importLog(target, file(folk));
  expect(essence(await textOf(target, 'folk'))).toBe(essence(folk));
});

test('every event of holds and of a waiting list is exported, imported, and folds to the same state', async () => {
  const [from, target] = [open(), open()];
  const sale = saleOf('soul', 12).slice(0, 22);
  const events = [...sale, ...holdsAfter(sale)];
  await record(from, 'soul', events);
  const text = await textOf(from);
  for (const type of holdEventTypes) expect(text).toContain(`"type":"${type}"`);
  await importLog(target, file(text));
  expect(essence(await textOf(target))).toBe(essence(text));
  const { concert } = await stateAt(target, 'soul', {
    kind: 'revision',
    revision: BigInt(events.length - 1),
  });
  expect(concert).toMatchObject({ revision: BigInt(events.length - 1), holds: { held: 1 } });
  expect(concert.purchases.size).toBe(12);
});

const holdEventTypes = [
  ...['HoldTermsChanged', 'TicketsHeld', 'HoldExtended', 'HoldConfirmed', 'LateConfirmationAccepted'],
  ...['HoldReleased', 'HoldsExpired', 'WaitingListJoined', 'WaitingListLeft'],
];

test('importing again writes nothing', async () => {
  const target = open();
  const first = await importLog(target, file(exported));
  const second = await importLog(target, file(exported));
  expect(second).toEqual({ ...first, alreadyThere: first.events });
});

test('events keep their shape and metadata, or the lack of it', async () => {
  const [from, to] = [open(), open()];
  const id = (n: number) => `6a5f2a50-9f0e-4f3b-9f5e-0b7a9e1c2d3${n}`;
  const data = { concertId: 'rock', some: 'thing' };
  await from.append('rock', -1n, [
    { id: id(1), type: 'Older', data, metadata: { schemaVersion: 1, note: 'kept' } },
    { id: id(2), type: 'Bare', data },
  ]);
  await importLog(to, file(await textOf(from)));
  const [first, second] = (await to.read('rock', 0n).next()).value ?? [];
  expect(first).toMatchObject({ id: id(1), data, metadata: { schemaVersion: 1, note: 'kept' } });
  expect(second).toMatchObject({ id: id(2), data });
  expect(essence(await textOf(to))).toBe(essence(await textOf(from)));
});

test('a store that holds anything else is refused, and nothing is written', async () => {
  const target = open();
  await record(target, 'jazz', saleOf('jazz', 5));
  const before = await textOf(target);
  await expect(importLog(target, file(exported))).rejects.toThrow(/already holds other events/);
  expect(await textOf(target)).toBe(before);
});

test('a store that holds the whole file and more is refused', async () => {
  const target = open();
  await importLog(target, file(exported));
  await record(target, 'jazz', saleOf('jazz', 5));
  await expect(importLog(target, file(exported))).rejects.toThrow(/the whole log and more/);
});

/** Changed by hand, in a page in the middle of the file. */
const changed = (): string => {
  const lines = exported.split('\n');
  const i = lines.findIndex((line, n) => n > lines.length / 2 && line.includes('"customerId":"c'));
  return lines.with(i, (lines[i] ?? '').replace('"customerId":"c', '"customerId":"x')).join('\n');
};

test('nothing of a changed file is written', async () => {
  const target = open();
  await expect(importLog(target, file(changed()))).rejects.toThrow(/were changed since the export/);
  expect(eventsIn(await textOf(target))).toBe(0);
});

test('nothing of a changed pipe is written from the page of the change on', async () => {
  const target = open();
  await expect(importLog(target, pipe(changed()))).rejects.toThrow(
    /were changed since the export.*are imported/,
  );
  const [there, all] = [essence(await textOf(target)), essence(exported)];
  expect(eventsIn(there) % 500).toBe(0);
  expect(eventsIn(there)).toBeGreaterThan(0);
  const lines = all.split('\n').slice(1);
  expect(there.split('\n').slice(1, -2).filter(isEvent)).toEqual(
    lines.filter(isEvent).slice(0, eventsIn(there)),
  );
  expect(await importLog(target, pipe(exported))).toMatchObject({ alreadyThere: eventsIn(there) });
  expect(essence(await textOf(target))).toBe(all);
});

test('a truncated file is refused; a truncated pipe is imported to its end, and the whole log after it', async () => {
  const target = open();
  const part = exported.split('\n').slice(0, 700).join('\n');
  await expect(importLog(target, file(part))).rejects.toThrow(/ends early/);
  expect(eventsIn(await textOf(target))).toBe(0);
  await expect(importLog(target, pipe(part))).rejects.toThrow(
    /ends early.*500 events before it are imported/,
  );
  expect(await importLog(target, pipe(exported))).toMatchObject({ alreadyThere: 500 });
  expect(essence(await textOf(target))).toBe(essence(exported));
});

test('a file of version 1, which has no pages, is imported; from a pipe it is refused', async () => {
  const old = exported
    .replace('"version":2', '"version":1')
    .split('\n')
    .filter((line) => !line.startsWith('{"page"'))
    .join('\n');
  const target = open();
  await expect(importLog(target, pipe(old))).rejects.toThrow(/import it from a file/);
  expect(await importLog(target, file(old))).toMatchObject({ events: eventsIn(exported), alreadyThere: 0 });
  expect(essence(await textOf(target))).toBe(essence(exported));
});

test('an endless line is refused before it fills the memory', async () => {
  let chunks = 0;
  const endless = async function* () {
    for (; ; chunks++) yield 'x'.repeat(1_000);
  };
  await expect(linesOf(endless(), 10_000).next()).rejects.toThrow(LineTooLong);
  expect(chunks).toBeLessThan(12);
});

test('a log that could not be imported again is not exported', async () => {
  const cut = open();
  await record(cut, 'rock', saleOf('rock', 20));
  const client = EventStoreDBClient.connectionString(testServers().eventStoreUrl);
  const namespace = namespaces.at(-1) ?? '';
  await client.setStreamMetadata(streamNames(namespace).of('rock'), { truncateBefore: 5 });
  await client.dispose();
  await expect(textOf(cut, 'rock')).rejects.toThrow(/revision 5, could not be imported again/);
});

test.each([
  ['no log at all', () => '{"some":"thing"}\n', /has no concertId/],
  ['text', () => 'rock\n', /Line 1 .* not JSON/],
  ['a later version', () => '{"onsale":"log","version":3,"concertId":null}\n', /of version 3/],
  ['a line that was cut', () => exported.slice(0, 2_000), /not JSON/],
  ['nothing', () => '', /is empty/],
  ['no events', () => `{"onsale":"log","version":2,"concertId":null}\n${lastLineOfNothing}\n`, /no events/],
  ['an invalid id', () => exported.replace(/"id":"[^"]*"/, '"id":"first"'), /Line 2 .* not a UUID/],
  ['a gap', () => exported.split('\n').toSpliced(-300, 5).join('\n'), /where \d+ is next/],
])('an input other than an export is refused: %s', async (_, text, words) => {
  const importing = importLog(open(), file(text()));
  await expect(importing).rejects.toThrow(ImportRefused);
  await expect(importing).rejects.toThrow(words);
});

test('an import that is killed repeatedly loses and duplicates nothing', async () => {
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
});

function startImport(namespace: string, file: string): ChildProcess {
  const { eventStoreUrl, databaseUrl, redisUrl } = testServers();
  return spawn(process.execPath, [resolve('dist/programs/onsale.js'), 'import', file], {
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
