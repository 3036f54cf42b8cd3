import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvalidCursor, type Page, type PageRequest } from '../../src/projections/queries/cursor.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { auditConcert } from '../../src/replay/audit/audit.js';
import { uniqueNamespace } from '../support/stack.js';
import { openReadSide } from './read-side.js';
import { record, saleOf } from './sale.js';

let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
const concerts = ['rock', 'jazz', 'folk'];
beforeAll(async () => {
  side = await openReadSide(uniqueNamespace());
  models = new ReadModels(side.database, () => {});
  side.runner.start();
  for (const concertId of concerts) {
    const last = await record(side.store, concertId, saleOf(concertId, 120));
    expect(await models.waitFor(concertId, last, 20_000)).toBe(true);
  }
});
afterAll(() => side.close());

async function allPages<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Page<Item> = await list({ limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

test('pages of any size make the whole list, in order, each item once', async () => {
  const lists: ((page: PageRequest) => Promise<Page<unknown>>)[] = [
    (page) => models.listConcerts(page),
    (page) => models.tickets('rock', page),
    (page) => models.purchasesOf('c10', page),
    (page) => models.salesPerSecond('rock', page),
  ];
  const lengths: number[] = [];
  for (const list of lists) {
    const whole = await allPages(list, 1_000);
    for (const limit of [1, 2, 7]) expect(await allPages(list, limit)).toEqual(whole);
    lengths.push(whole.length);
  }
  expect(lengths).toEqual([3, 120, 3, 2]);
});

test('views show sold tickets, their customers, and released tickets', async () => {
  const [, second] = (await models.tickets('rock', { limit: 2, cursor: null })).items;
  expect(second).toMatchObject({ number: 2, vip: true, seat: 'VIP-2', customerId: 'c2', status: 'live' });
  const [cancelled] = (await models.purchasesOf('c10', { limit: 1, cursor: null })).items;
  expect(cancelled).toMatchObject({ status: 'cancelled', quantity: 1, tickets: [{ number: 10, vip: true }] });
  expect(await models.concert('rock')).toMatchObject({ sold: 108, remaining: 12, status: 'scheduled' });
  expect(await models.concert('unheard of')).toBeNull();
  expect(await models.purchase('rock', 'unheard of')).toBeNull();
});

test.each([
  ['malformed text', 'not a cursor!'],
  ['the cursor of another list', Buffer.from('["2026-03-01T10:00:00.000Z","rock"]').toString('base64url')],
  ['a key of another type', Buffer.from('[12]').toString('base64url')],
  ['a key that is no number', Buffer.from('["1 or 1=1"]').toString('base64url')],
  ['an empty cursor', ''],
])('%s is an invalid cursor', async (_, cursor) => {
  await expect(models.tickets('rock', { limit: 10, cursor })).rejects.toThrow(InvalidCursor);
});

test('a time that does not exist is an invalid cursor', async () => {
  const cursor = Buffer.from('["2026-02-30T10:00:00.000Z"]').toString('base64url');
  await expect(models.salesPerSecond('rock', { limit: 10, cursor })).rejects.toThrow(InvalidCursor);
});

test('waiting for a revision ends when it is applied, or after the time-out', async () => {
  const events = saleOf('late', 40);
  expect(await models.waitFor('late', 0n, 0)).toBe(false);
  const waits = events.map((_, i) => models.waitFor('late', BigInt(i), 20_000, 'tickets'));
  const tooFar = models.waitFor('late', BigInt(events.length), 50);
  await record(side.store, 'late', events, 4);
  expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
  expect(await tooFar).toBe(false);
});

test('waiting for a revision ends at a stop, later waits included', async () => {
  const stopping = new ReadModels(side.database, () => {});
  const waits = [stopping.waitFor('never', 0n, 3_600_000), stopping.waitFor('never', 1n, 3_600_000)];
  stopping.stopWaiting();
  expect(await Promise.all(waits)).toEqual([false, false]);
  expect(await stopping.waitFor('never', 0n, 3_600_000)).toBe(false);
});

test('tables of version 2, without the columns of holds, are read and published, and the audit asks for a rebuild', async () => {
  const { database, store, cache, redis } = side;
  await side.runner.stop();
  await sql`
    alter table concerts drop column held, drop column vip_held, drop column hold_seconds, drop column waiting_list,
      drop column offer_seconds`.execute(database.kysely);
  await sql`alter table stock drop column held`.execute(database.kysely);
  await sql`update checkpoints set version = 2 where projection in ('concerts', 'stock')`.execute(
    database.kysely,
  );
  await redis.primary.del(`${redis.prefix}stock:rock`);
  const next = await openReadSide(database.schema);
  try {
    next.runner.start();
    const none = { held: 0, holdSeconds: null, waitingList: false, offerSeconds: null };
    expect(await models.concert('rock')).toMatchObject({ ...none, sold: 108, remaining: 12 });
    const stock = () => cache.get('rock');
    await expect.poll(stock, { timeout: 20_000 }).toMatchObject({ remaining: 12, held: 0 });
    const audit = await auditConcert({ store, database, stock: cache }, 'rock');
    expect(audit?.findings.filter(({ verdict }) => verdict === 'violated')).toMatchObject([
      {
        invariant: 'I10',
        examples: [expect.stringMatching(/rebuild it/), expect.stringMatching(/rebuild it/)],
      },
    ]);
  } finally {
    await next.close();
  }
});
