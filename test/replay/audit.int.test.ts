import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../dev-servers/servers/free-port.js';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { streamNames } from '../../src/event-store/stream-names.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import {
  auditAll,
  auditConcert,
  type ConcertAudit,
  isSound,
  soundnessOf,
} from '../../src/replay/audit/audit.js';
import { describeDifference } from '../../src/replay/audit/compare-rows.js';
import { SnapshotCheck } from '../../src/replay/audit/snapshot-check.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

const namespace = uniqueNamespace();
let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
let count = 0;
let concertId: string;

beforeAll(async () => {
  side = await openReadSide(namespace);
  models = new ReadModels(side.database, () => {});
  side.runner.start();
});
afterAll(() => side.close());
beforeEach(() => {
  concertId = `concert-${++count}`;
});

const sources = () => ({ store: side.store, database: side.database, stock: side.cache });

async function sold(events: readonly ConcertEvent[] = saleOf(concertId, 60)): Promise<void> {
  const last = await record(side.store, concertId, events);
  for (const model of projectionNames) {
    expect(await models.waitFor(concertId, last, 20_000, model)).toBe(true);
  }
}

async function audited(): Promise<ConcertAudit> {
  const audit = await auditConcert(sources(), concertId);
  if (audit === null) throw new Error('nothing to audit');
  return audit;
}

const verdicts = ({ findings }: ConcertAudit) =>
  Object.fromEntries(findings.map(({ invariant, verdict }) => [invariant, verdict]));

const violatedOnly = (audit: ConcertAudit) =>
  Object.entries(verdicts(audit)).flatMap(([invariant, verdict]) =>
    verdict === 'violated' ? [invariant] : [],
  );

test('a sale with cancellations passes the audit', async () => {
  await sold();
  const audit = await audited();
  expect(verdicts(audit)).toEqual({
    ...{ log: 'pass', I1: 'pass', I2: 'pass', I3: 'pass', I4: 'pass', I8: 'pass' },
    ...{ I10: 'pass', I11: 'pass', I12: 'not applicable' },
    ...{ I13: 'not applicable', I14: 'not applicable', I15: 'not applicable' },
  });
  expect(audit.findings.find(({ invariant }) => invariant === 'I10')?.checked).toMatch(/^\d\d\d rows at/);
});

test.each([
  ['tickets', sql`update tickets set seat = 'VIP-99' where number = 3 and concert_id =`, /seat is "VIP-99"/],
  ['tickets', sql`delete from tickets where number = 5 and concert_id =`, /revision \d+: the row is missing/],
  [
    'purchases',
    sql`update purchases set purchase_id = 'x' where customer_id = 'c7' and concert_id =`,
    /x: the row is not in the log/,
  ],
  ['concerts', sql`update concerts set sold = sold + 1 where concert_id =`, /sold is 55, by the log 54/],
  ['stock', sql`update stock set capacity = 61 where concert_id =`, /capacity is 61, by the log 60/],
  ['sales-per-second', sql`update sales_per_second set released = 9 where concert_id =`, /released is 9/],
])(
  'an audit names a row of %s that differs from the log, and the difference',
  async (projection, damage, words) => {
    await sold();
    await sql`${damage} ${concertId}`.execute(side.database.kysely);
    const audit = await audited();
    expect(violatedOnly(audit)).toContain('I10');
    expect(isSound(audit)).toBe(false);
    const told = audit.differences.filter((each) => each.projection === projection).map(describeDifference);
    expect(told.join('\n')).toMatch(words);
  },
);

test('a wrong stock in the cache is found, at its revision', async () => {
  await sold();
  const last = await side.store.readLast(concertId);
  await side.redis.primary.hset(`${side.redis.prefix}stock:${concertId}`, {
    remaining: '3',
    revision: `${last?.revision}`,
  });
  const audit = await audited();
  expect(violatedOnly(audit)).toEqual(['I11']);
});

test('cancellations of an unmade purchase and of a cancelled one are found, with their effect on the rows', async () => {
  const events = saleOf(concertId, 20);
  const again = events.find(({ type }) => type === 'PurchaseCancelled');
  if (again?.type !== 'PurchaseCancelled') throw new Error('no cancellation');
  const ghost = {
    ...again,
    data: { ...again.data, purchaseId: 'never-was', ticketNumbers: [1, 2], seats: [] },
  };
  const last = await record(side.store, concertId, events);
  for (const [i, event] of [ghost, again].entries()) {
    await side.store.append(concertId, last + BigInt(i), [{ id: randomUUID(), event }]);
  }
  for (const model of ['concerts', 'stock'] as const) {
    expect(await models.waitFor(concertId, last + 2n, 20_000, model)).toBe(true);
  }
  const audit = await audited();
  expect(audit.findings.find(({ invariant }) => invariant === 'log')).toMatchObject({
    verdict: 'violated',
    examples: [
      expect.stringContaining('purchase never-was is cancelled and was never made'),
      expect.stringMatching(/purchase .* is cancelled again/),
    ],
  });
  expect(isSound(audit)).toBe(false);
});

test.each([
  ['of another type', async (key: string) => side.redis.primary.set(key, 'text')],
  ['without remaining', async (key: string) => side.redis.primary.hdel(key, 'remaining')],
  ['with a revision that is none', async (key: string) => side.redis.primary.hset(key, 'revision', '9e9999')],
  ['with words for tickets', async (key: string) => side.redis.primary.hset(key, 'remaining', 'many')],
  ['with words for holds', async (key: string) => side.redis.primary.hset(key, 'held', 'some')],
])('a stock key %s is overwritten by the publisher, and affects no other concert', async (_, damage) => {
  await sold();
  const other = `${concertId}-beside`;
  await record(side.store, other, saleOf(other, 10));
  for (const id of [concertId, other]) {
    await expect.poll(() => side.cache.get(id), { timeout: 50_000 }).not.toBeNull();
  }
  await side.redis.primary.del(`${side.redis.prefix}stock:${other}`);
  const key = `${side.redis.prefix}stock:${concertId}`;
  await side.redis.primary.del(key);
  await damage(key);
  for (const id of [concertId, other]) {
    await expect
      .poll(() => side.cache.get(id), { timeout: 50_000 })
      .toMatchObject({ remaining: expect.any(Number) });
  }
  expect(violatedOnly(await audited())).toEqual([]);
});

test('a Redis that gives no answer is not a pass', async () => {
  await sold();
  const redis = connectRedis({
    urls: [`redis://127.0.0.1:${await freePort()}`],
    namespace: '',
    commandTimeoutMs: 1_000,
    onError: () => {},
  });
  await settled(redis);
  const audit = await auditConcert({ ...sources(), stock: new StockCache(redis) }, concertId);
  disconnectRedis(redis);
  expect(audit === null ? {} : verdicts(audit)).toMatchObject({ I10: 'pass', I11: 'unchecked' });
  expect(audit === null ? '' : soundnessOf(audit)).toBe('unchecked');
});

test('without Redis by configuration, I11 does not apply', async () => {
  await sold();
  const withoutRedis = { ...sources(), stock: null };
  const audit = await auditConcert(withoutRedis, concertId);
  expect(audit === null ? {} : verdicts(audit)).toMatchObject({ I11: 'not applicable' });
  expect(audit === null ? '' : soundnessOf(audit)).toBe('sound');
  const all: string[] = [];
  for await (const each of auditAll(withoutRedis, (id) => auditConcert(withoutRedis, id)))
    all.push(each.concertId);
  expect(all).toContain(concertId);
});

test('a concert that cannot be audited is a finding, and the others are audited', async () => {
  await sold();
  const audits: ConcertAudit[] = [];
  const audit = async (id: string) => {
    if (id === concertId) throw new Error('out of reach');
    return auditConcert(sources(), id);
  };
  for await (const each of auditAll(sources(), audit)) audits.push(each);
  const [failed, ...others] = audits.toSorted((a) => (a.concertId === concertId ? -1 : 1));
  expect(failed).toMatchObject({ concertId, findings: [{ verdict: 'unchecked', checked: 'out of reach' }] });
  expect(others.length).toBeGreaterThan(0);
});

test('read models that cannot be read are not a pass', async () => {
  await sold();
  await sql`alter table tickets rename to mislaid`.execute(side.database.kysely);
  const audit = await audited();
  await sql`alter table mislaid rename to tickets`.execute(side.database.kysely);
  expect(verdicts(audit)).toMatchObject({ I1: 'pass', I10: 'unchecked', I11: 'pass' });
});

test('a log without its beginning is found', async () => {
  await sold();
  const client = EventStoreDBClient.connectionString(testServers().eventStoreUrl);
  await client.setStreamMetadata(streamNames(namespace).of(concertId), { truncateBefore: 10 });
  await client.dispose();
  const audit = await audited();
  expect(audit.findings.find(({ invariant }) => invariant === 'log')?.examples).toEqual(
    expect.arrayContaining(['revisions 0 to 9 are missing from the log']),
  );
});

test('purchases that were served out of the order of arrival are found', async () => {
  const events = saleOf(concertId, 20).map((event, i): ConcertEvent => {
    if (event.type !== 'TicketReserved') return event;
    return { ...event, data: { ...event.data, queueId: `1700000000000-${i === 9 ? 99 : i}` } };
  });
  await sold(events);
  const audit = await audited();
  expect(violatedOnly(audit)).toEqual(['I12']);
});

test('rows of a concert that is not in the log are found by an audit of everything', async () => {
  await sold();
  await sql`insert into stock values ('ghost', 1, 0, 0, 0)`.execute(side.database.kysely);
  const audits: ConcertAudit[] = [];
  for await (const audit of auditAll(sources(), (id) => auditConcert(sources(), id))) audits.push(audit);
  expect(audits.map((audit) => audit.concertId)).toEqual(expect.arrayContaining([concertId, 'ghost']));
  const ghost = audits.find((audit) => audit.concertId === 'ghost');
  expect(ghost?.differences.map(describeDifference)).toEqual([
    'stock, concert_id ghost: the row is not in the log',
  ]);
  await sql`delete from stock where concert_id = 'ghost'`.execute(side.database.kysely);
});

test('no audit during a sale finds anything wrong', async () => {
  const events = saleOf(concertId, 1_500);
  const first = 21; // A ticket and its VIP seat are never in different appends.
  await record(side.store, concertId, events.slice(0, first));
  let selling = true;
  const sale = record(side.store, concertId, events, 7, first).finally(() => {
    selling = false;
  });
  let between = 0;
  while (selling) {
    const audit = await auditConcert(sources(), concertId);
    if (audit === null) continue;
    expect(violatedOnly(audit)).toEqual([]);
    if (audit.revision > 0n && audit.revision < BigInt(events.length - 1)) between += 1;
  }
  await sale;
  expect(between).toBeGreaterThan(0);
});

test('a concert that is in neither log nor tables cannot be audited', async () => {
  expect(await auditConcert(sources(), 'nowhere')).toBeNull();
});

describe('a snapshot', () => {
  const take = async () => {
    const events = saleOf(concertId, 60);
    await sold(events);
    const last = await side.store.readLast(concertId);
    const state = fold(emptyConcert(concertId), events);
    const { signal } = new AbortController();
    await new SnapshotTables(side.database).take(state, last?.id ?? '', null, signal);
  };

  test('that cannot be read is retried, then reported, without ending the audit', async () => {
    let looks = 0;
    const away = {
      head: async () => {
        looks += 1;
        throw new Error('Postgres did not answer');
      },
      load: async () => null,
    };
    expect(await SnapshotCheck.of(away, concertId)).toMatchObject({
      verdict: 'unchecked',
      checked: 'Postgres did not answer',
    });
    expect(looks).toBe(3);
    const head = async () => (looks++ < 4 ? away.head() : null);
    expect(await SnapshotCheck.of({ ...away, head }, concertId)).toBeNull();
  });

  test('that agrees with the log is reported', async () => {
    await take();
    expect(verdicts(await audited())).toMatchObject({ snapshot: 'pass' });
  });

  test.each([
    [
      'name',
      sql`update snapshot_parts set content = replace(content, '"c7"', '"eve"') where concert_id =`,
      /eve.*, by the log .*c7/,
    ],
    [
      'sale',
      sql`update snapshot_parts set content = replace(content, '"live":54', '"live":4') where concert_id =`,
      /live is 4, by the log 54/,
    ],
    [
      'holding',
      sql`update snapshot_parts set content = replace(content, ']],[]]', ']],[["c7",2]]]') where concert_id =`,
      /c7 holds 2 tickets, by the log 1/,
    ],
    ['event', sql`update snapshots set event_id = 'x' where concert_id =`, /not x/],
    ['revision', sql`update snapshots set revision = 999 where concert_id =`, /of another state/],
    ['part', sql`delete from snapshot_parts where part = 1 and concert_id =`, /cannot be read/],
  ])('with another %s than the log is found', async (_, damage, words) => {
    await take();
    await sql`${damage} ${concertId}`.execute(side.database.kysely);
    const audit = await audited();
    expect(violatedOnly(audit)).toEqual(['snapshot']);
    expect(audit.findings.at(-1)?.examples.join('\n')).toMatch(words);
  });
});
