import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { emptyConcert, evolve } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { upcast } from '../../src/domain/events/upcast.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { projectionNames } from '../../src/projections/models/index.js';
import type { CachedStock } from '../../src/redis/stock-cache.js';
import { type AuditSources, auditConcert, isSound, soundnessOf } from '../../src/replay/audit/audit.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';

/** The audit is audited: damage of every kind that leaves a trace, one after the other; each has to be found. */

const concertId = 'rock';
const { sale, snapshotAt } = story();
let side: Awaited<ReturnType<typeof openReadSide>>;
let log: readonly RecordedEvent[];

/** A sale with cancellations, a change of capacity, purchases of two tickets in line, and an end. */
function story() {
  const events = saleOf(concertId, 12).filter((_, i) => i < 22);
  const at = '2026-03-01T11:00:00.000Z';
  const more: ConcertEvent[] = [
    { type: 'CapacityChanged', data: { concertId, capacity: 20, previousCapacity: 12, changedAt: at } },
    { type: 'SalesClosed', data: { concertId, closedAt: at } },
  ];
  return { sale: [...events, ...more], snapshotAt: events.length - 1 };
}

beforeAll(async () => {
  side = await openReadSide(uniqueNamespace());
  side.runner.start();
  const last = await record(side.store, concertId, sale);
  const isThere = async () => (await side.cache.get(concertId))?.revision === last;
  await untilAsync(isThere, 'the stock of the whole sale in Redis');
  await untilAsync(async () => isSound(await audit()), 'an audit that finds nothing');
  // Nothing repairs what is damaged.
  await side.runner.stop();
  const pages: RecordedEvent[][] = [];
  for await (const page of side.store.read(concertId, 0n)) pages.push([...page]);
  log = pages.flat();
  let state = emptyConcert(concertId);
  for (const event of sale.slice(0, snapshotAt + 1)) state = evolve(state, event);
  const { signal } = new AbortController();
  await new SnapshotTables(side.database).take(state, log[snapshotAt]?.id ?? '', null, signal);
  expect(soundnessOf(await audit())).toBe('sound');
}, 60_000);
// What a test damages and does not take back would be found by every audit after it.
afterEach(async () => {
  expect(soundnessOf(await audit())).toBe('sound');
});
afterAll(() => side.close());

async function audit(sources: Partial<AuditSources> = {}) {
  const { store, database, cache: stock } = side;
  const audited = await auditConcert({ store, database, stock, stockPatienceMs: 300, ...sources }, concertId);
  if (audited === null) throw new Error('nothing to audit');
  return audited;
}

const violatedIn = async (sources: Partial<AuditSources> = {}) =>
  (await audit(sources)).findings.flatMap(({ verdict, invariant }) =>
    verdict === 'violated' ? [invariant] : [],
  );

/** What is found in another log without looking at the cache, which may well be behind it: that would take five seconds. */
async function violatedInLog(events: readonly RecordedEvent[]): Promise<readonly string[]> {
  const farAhead: CachedStock = { kind: 'stock', stock: { remaining: 0, revision: 10_000n } };
  const broken = await violatedIn({ store: storeOf(events), stock: { look: async () => farAhead } });
  return broken.filter((invariant) => invariant !== 'I11');
}

const tables = ['concerts', 'tickets', 'purchases', 'sales_per_second', 'stock'];

/** Makes damage, and takes it back. */
const inTable = (table: string, damage: () => Promise<unknown>, look: () => Promise<void>) =>
  inTables([table], damage, look);

/** The same in tables of which rows of a later one go with those of an earlier one. */
async function inTables(
  tables: readonly string[],
  damage: () => Promise<unknown>,
  look: () => Promise<void>,
): Promise<void> {
  const { kysely } = side.database;
  const all = tables.map((table) => ({ table: sql.table(table), kept: sql.table(`kept_${table}`) }));
  for (const { table, kept } of all) {
    // Never dropped: migrations of tests beside this one list the tables of all schemas, and would miss it.
    await sql`create table if not exists ${kept} (like ${table})`.execute(kysely);
    await sql`insert into ${kept} select * from ${table}`.execute(kysely);
  }
  try {
    await damage();
    await look();
  } finally {
    for (const { table } of all) await sql`delete from ${table}`.execute(kysely);
    for (const { table, kept } of all) {
      await sql`insert into ${table} select * from ${kept}`.execute(kysely);
      await sql`delete from ${kept}`.execute(kysely);
    }
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(table: string): Promise<readonly Column[]> {
  const { rows } = await sql<Column>`
    select column_name as name, udt_name as type from information_schema.columns
    where table_schema = ${side.database.schema} and table_name = ${table}`.execute(side.database.kysely);
  return rows;
}

/** Another value of the type, made from the one that is there. */
function otherValue({ name, type }: Column) {
  const column = sql.ref(name);
  const other: Record<string, ReturnType<typeof sql>> = {
    text: sql`coalesce(${column}, '') || 'x'`,
    int4: sql`coalesce(${column}, 0) + 1`,
    int8: sql`coalesce(${column}, 0) + 1000`,
    timestamptz: sql`coalesce(${column}, now()) + interval '1 second'`,
    jsonb: sql`coalesce(${column}, '{}') || '{"0": "VIP-99"}'`,
    _int4: sql`coalesce(${column}, '{}') || 99`,
  };
  const value = other[type];
  if (value === undefined) throw new Error(`no other value of type ${type}`);
  return value;
}

test.each(tables)(
  'each column of a row of %s, each row that is gone and one that is too many are found',
  async (table) => {
    const { kysely } = side.database;
    const name = sql.table(table);
    const some = sql`ctid = (select ctid from ${name} order by random() limit 1)`;
    const columns = await columnsOf(table);
    expect(columns.length).toBeGreaterThan(3);
    for (const column of columns) {
      const change = sql`update ${name} set ${sql.ref(column.name)} = ${otherValue(column)} where ${some}`;
      await inTable(
        table,
        () => change.execute(kysely),
        async () => {
          expect({ column, broken: await violatedIn() }).toEqual({
            column,
            broken: expect.arrayContaining(['I10']),
          });
        },
      );
    }
    await inTable(
      table,
      () => sql`delete from ${name} where ${some}`.execute(kysely),
      async () => {
        expect(await violatedIn()).toContain('I10');
      },
    );
    // A concert has one row of the others.
    const keys = new Map(
      Object.entries({ tickets: 'revision', purchases: 'purchase_id', sales_per_second: 'second' }),
    );
    const key = columns.find(({ name }) => name === keys.get(table));
    if (key === undefined) return;
    const changed = sql`jsonb_build_object(${key.name}::text, ${otherValue(key)})`;
    const copy = sql`
      insert into ${name} select (jsonb_populate_record(whole, ${changed})).* from ${name} whole where ${sql.ref('whole.ctid')} =
        (select ctid from ${name} order by random() limit 1)`;
    await inTable(
      table,
      () => copy.execute(kysely),
      async () => {
        expect(await violatedIn()).toContain('I10');
      },
    );
  },
);

test.each([
  ['is gone', sql`delete from checkpoints where projection =`],
  [
    'is at the start',
    sql`update checkpoints set commit_position = null, prepare_position = null where projection =`,
  ],
  ['is too early', sql`update checkpoints set commit_position = 1, prepare_position = 1 where projection =`],
  ['is of another version', sql`update checkpoints set version = version + 1 where projection =`],
])('a checkpoint that %s is found, of each projection', async (_, damage) => {
  for (const name of projectionNames) {
    await inTable(
      'checkpoints',
      () => sql`${damage} ${name}`.execute(side.database.kysely),
      async () => {
        expect({ name, broken: await violatedIn() }).toEqual({ name, broken: ['I10'] });
      },
    );
  }
});

test('what is parked or skipped is found, of each projection', async () => {
  const { kysely } = side.database;
  for (const projection of projectionNames) {
    // Of an event that the rows do not show: nothing but the note tells of it.
    const about = { projection, concert_id: concertId, revision: 99n, event_id: 'e', problem: 'made up' };
    const parked = { ...about, last_revision: 99n, event_type: 'TicketReserved' };
    await inTable(
      'parked',
      () => kysely.insertInto('parked').values(parked).execute(),
      async () => {
        expect(await violatedIn()).toEqual(['I10']);
      },
    );
    await inTable(
      'skipped',
      () => kysely.insertInto('skipped').values(about).execute(),
      async () => {
        expect(await violatedIn()).toEqual(['I10']);
      },
    );
  }
});

test('each field of a stock key, each kind of rubbish in it, and its loss are found', async () => {
  const { primary, prefix } = side.redis;
  const key = `${prefix}stock:${concertId}`;
  const right = await primary.hgetall(key);
  const damages: readonly (() => Promise<unknown>)[] = [
    () => primary.hset(key, 'remaining', Number(right.remaining) + 1),
    () => primary.hset(key, 'revision', Number(right.revision) - 1),
    () => primary.hset(key, 'revision', Number(right.revision) + 1),
    () => primary.hset(key, 'remaining', 'many'),
    () => primary.hset(key, 'remaining', ''),
    () => primary.hset(key, 'revision', '0x10'),
    () => primary.hdel(key, 'remaining'),
    () => primary.hdel(key, 'revision'),
    () => primary.del(key),
    async () => {
      await primary.del(key);
      await primary.lpush(key, 'rubbish');
    },
  ];
  for (const [i, damage] of damages.entries()) {
    await damage();
    expect({ i, broken: await violatedIn() }).toEqual({ i, broken: ['I11'] });
    await primary.del(key);
    await primary.hset(key, right);
  }
  expect(await violatedIn()).toEqual([]);
}, 120_000);

test('each value of a snapshot, and each part that is missing, is found', async () => {
  const { kysely } = side.database;
  const found = async (damage: ReturnType<typeof sql>) =>
    inTables(
      ['snapshots', 'snapshot_parts'],
      () => damage.execute(kysely),
      async () => {
        expect({ damage, broken: await violatedIn() }).toEqual({ damage, broken: ['snapshot'] });
      },
    );
  await found(sql`update snapshots set revision = revision + 1`);
  await found(sql`update snapshots set event_id = event_id || 'x'`);
  await found(sql`update snapshots set last_part = last_part + 1`);
  const parts = await kysely.selectFrom('snapshot_parts').selectAll().execute();
  expect(parts.length).toBeGreaterThan(1);
  for (const { part, content } of parts) {
    await found(sql`delete from snapshot_parts where part = ${part}`);
    const whole: unknown = JSON.parse(content);
    for (const changed of everyChange(whole)) {
      const text = JSON.stringify(changed);
      await found(sql`update snapshot_parts set content = ${text} where part = ${part}`);
    }
  }
}, 120_000);

/** The value with one leaf changed, for every leaf. */
function* everyChange(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const other of everyChange(item)) yield value.with(i, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      for (const other of everyChange(item)) yield { ...value, [name]: other };
    }
  } else yield otherLeaf(value);
}

function otherLeaf(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value === null ? 'x' : `${value}x`;
}

/** The store as it would be with other events in the stream. */
const storeOf = (events: readonly RecordedEvent[]) => ({
  concertIds: () => side.store.concertIds(),
  readLast: async () => events.at(-1) ?? null,
  async *read(_id: string, from: bigint, most = events.length) {
    yield events.filter(({ revision }) => revision >= from).slice(0, most);
  },
});

function withData(recorded: RecordedEvent, type: string, data: unknown): RecordedEvent {
  return { ...recorded, type, data, decoded: upcast({ type, schemaVersion: 1, data, concertId }) };
}

/** Told nowhere else: only the event itself says when an organiser made a change. */
const leavesNoTrace = new Set(['changedAt', 'closedAt']);

test('each field of each event, changed to another that fits or to one that does not, is found', async () => {
  for (const [i, recorded] of log.entries()) {
    const { decoded } = recorded;
    if (!decoded.ok) throw new Error(decoded.problem);
    const data: Readonly<Record<string, unknown>> = { ...decoded.event.data };
    for (const [field, value] of Object.entries(data)) {
      for (const other of [...everyChange(value), laterOf(value)]) {
        if (other === undefined || (leavesNoTrace.has(field) && upcastOk(recorded, field, other))) continue;
        const changed = log.with(i, withData(recorded, recorded.type, { ...data, [field]: other }));
        const broken = await violatedInLog(changed);
        expect({ i, field, other, found: broken.length > 0 }).toEqual({ i, field, other, found: true });
      }
    }
  }
}, 300_000);

const laterOf = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{4}-.*Z$/.test(value)
    ? new Date(Date.parse(value) + 1_000).toISOString()
    : undefined;

const upcastOk = (recorded: RecordedEvent, field: string, other: unknown): boolean => {
  const data = { ...(recorded.data as object), [field]: other };
  return upcast({ type: recorded.type, schemaVersion: 1, data, concertId }).ok;
};

/** Either order is one that a decider writes, and comes to the same. */
const isIndependent = (event: RecordedEvent, next: RecordedEvent): boolean =>
  event.type === 'CapacityChanged' && next.type === 'SalesClosed';

test('an event that is missing, doubled, out of turn, unknown or of a later version is found', async () => {
  const numbered = (events: readonly RecordedEvent[]) =>
    events.map((event, i) => ({
      ...event,
      revision: BigInt(i),
      position: log[i]?.position ?? event.position,
    }));
  for (const [i, recorded] of log.entries()) {
    const next = log[i + 1];
    const damaged: [kind: string, events: readonly RecordedEvent[]][] = [
      ['cut off or a gap', log.toSpliced(i, 1)],
      ['never there', numbered(log.toSpliced(i, 1))],
      ['doubled', numbered(log.toSpliced(i, 0, recorded))],
      ['unknown', log.with(i, withData(recorded, 'TicketGilded', recorded.data))],
      ['of a later version', log.with(i, { ...recorded, decoded: { ok: false, problem: 'of version 9' } })],
    ];
    if (next !== undefined && !isIndependent(recorded, next))
      damaged.push(['out of turn', numbered(log.toSpliced(i, 2, next, recorded))]);
    for (const [kind, events] of damaged) {
      const broken = await violatedInLog(events);
      expect({ i, kind, found: broken.length > 0 }).toEqual({ i, kind, found: true });
      // The log itself may be another one that a decider could have written.
      const mayBeWhole = kind === 'cut off or a gap' && next === undefined;
      if (mayBeWhole || kind === 'never there' || kind === 'out of turn') continue;
      const byLog = broken.filter((invariant) => invariant !== 'I10' && invariant !== 'snapshot');
      expect({ i, kind, found: byLog.length > 0 }).toEqual({ i, kind, found: true });
    }
  }
}, 300_000);
