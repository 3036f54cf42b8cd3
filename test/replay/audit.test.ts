import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events.js';
import { ReadModels } from '../../src/projections/read-models.js';
import { auditAll, auditConcert, type ConcertAudit, isSound } from '../../src/replay/audit.js';
import { describeDifference } from '../../src/replay/compare-rows.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { uniqueNamespace } from '../support/stack.js';

let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
let count = 0;
let concertId: string;

beforeAll(async () => {
  side = await openReadSide(uniqueNamespace());
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
  for (const model of ['concerts', 'tickets', 'purchases', 'sales-per-second', 'stock'] as const) {
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

const brokenOnly = (audit: ConcertAudit) =>
  Object.entries(verdicts(audit)).flatMap(([invariant, verdict]) =>
    verdict === 'broken' ? [invariant] : [],
  );

test('a sale with cancellations is as the log says', async () => {
  await sold();
  const audit = await audited();
  expect(verdicts(audit)).toEqual({
    ...{ I1: 'held', I2: 'held', I3: 'held', I4: 'held', I8: 'held' },
    ...{ I10: 'held', I11: 'held', I12: 'not applicable' },
  });
  expect(audit.findings.find(({ invariant }) => invariant === 'I10')?.checked).toMatch(/^\d\d\d rows at/);
});

test.each([
  ['tickets', sql`update tickets set seat = 'VIP-99' where number = 3 and concert_id =`, /seat is "VIP-99"/],
  ['tickets', sql`delete from tickets where number = 5 and concert_id =`, /revision \d+: the row is missing/],
  [
    'purchases',
    sql`update purchases set purchase_id = 'x' where customer_id = 'c7' and concert_id =`,
    /x: the log knows/,
  ],
  ['concerts', sql`update concerts set sold = sold + 1 where concert_id =`, /sold is 55, by the log 54/],
  ['stock', sql`update stock set capacity = 61 where concert_id =`, /capacity is 61, by the log 60/],
  ['sales-per-second', sql`update sales_per_second set released = 9 where concert_id =`, /released is 9/],
])(
  'a row of %s that is not as the log says is named, and how it differs',
  async (projection, damage, words) => {
    await sold();
    await sql`${damage} ${concertId}`.execute(side.database.kysely);
    const audit = await audited();
    expect(brokenOnly(audit)).toContain('I10');
    expect(isSound(audit)).toBe(false);
    const told = audit.differences.filter((each) => each.projection === projection).map(describeDifference);
    expect(told.join('\n')).toMatch(words);
  },
);

test('a stock cache that counts wrongly is found out, at the revision it is of', async () => {
  await sold();
  const last = await side.store.readLast(concertId);
  await side.redis.primary.hset(`${side.redis.prefix}stock:${concertId}`, {
    remaining: '3',
    revision: `${last?.revision}`,
  });
  const audit = await audited();
  expect(brokenOnly(audit)).toEqual(['I11']);
});

test('purchases that overtook each other in line are found out', async () => {
  const events = saleOf(concertId, 20).map((event, i): ConcertEvent => {
    if (event.type !== 'TicketReserved') return event;
    return { ...event, data: { ...event.data, queueId: `1700000000000-${i === 9 ? 99 : i}` } };
  });
  await sold(events);
  const audit = await audited();
  expect(brokenOnly(audit)).toEqual(['I12']);
});

test('rows of a concert that is not in the log are found by an audit of everything', async () => {
  await sold();
  await sql`insert into stock values ('ghost', 1, 0, 0)`.execute(side.database.kysely);
  const audits: ConcertAudit[] = [];
  for await (const audit of auditAll(sources(), (id) => auditConcert(sources(), id))) audits.push(audit);
  expect(audits.map((audit) => audit.concertId)).toEqual(expect.arrayContaining([concertId, 'ghost']));
  const ghost = audits.find((audit) => audit.concertId === 'ghost');
  expect(ghost?.differences.map(describeDifference)).toEqual([
    'stock, concert_id ghost: the log knows nothing of this row',
  ]);
  await sql`delete from stock where concert_id = 'ghost'`.execute(side.database.kysely);
});

test('while a sale goes on, every audit in the middle of it finds nothing wrong', async () => {
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
    expect(brokenOnly(audit)).toEqual([]);
    if (audit.revision > 0n && audit.revision < BigInt(events.length - 1)) between += 1;
  }
  await sale;
  expect(between).toBeGreaterThan(0);
});

test('a concert that neither log nor tables know cannot be audited', async () => {
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

  test('that is as the log says is told of', async () => {
    await take();
    expect(verdicts(await audited())).toMatchObject({ snapshot: 'held' });
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
  ])('with another %s than the log is found out', async (_, damage, words) => {
    await take();
    await sql`${damage} ${concertId}`.execute(side.database.kysely);
    const audit = await audited();
    expect(brokenOnly(audit)).toEqual(['snapshot']);
    expect(audit.findings.at(-1)?.examples.join('\n')).toMatch(words);
  });
});
