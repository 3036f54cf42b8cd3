import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { projectionNames } from '../../src/projections/models/index.js';
import { concertId, everyChange, soundSale, storyWithHolds } from './sound-sale.js';

/** The audit is audited: damage of every kind to the data derived from the log, one at a time; each has to be found. */

const sound = soundSale(storyWithHolds());
const violatedIn = () => sound().violatedIn();

const tables = [
  ...['concerts', 'tickets', 'purchases', 'sales_per_second', 'stock', 'holds', 'waiting_list'],
  'ledger',
];

/** Damages the data, and undoes the damage. */
const inTable = (table: string, damage: () => Promise<unknown>, look: () => Promise<void>) =>
  inTables([table], damage, look);

/** The same in tables of which rows of a later one go with those of an earlier one. */
async function inTables(
  tables: readonly string[],
  damage: () => Promise<unknown>,
  look: () => Promise<void>,
): Promise<void> {
  const { kysely } = sound().side.database;
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
    where table_schema = ${sound().side.database.schema} and table_name = ${table}`.execute(
    sound().side.database.kysely,
  );
  return rows;
}

/** Another value of the type, made from the one that is there. */
function otherValue({ name, type }: Column) {
  const column = sql.ref(name);
  const other: Record<string, ReturnType<typeof sql>> = {
    text: sql`coalesce(${column}, '') || 'x'`,
    int4: sql`coalesce(${column}, 0) + 1`,
    int8: sql`coalesce(${column}, 0) + 1000`,
    bool: sql`not coalesce(${column}, false)`,
    timestamptz: sql`coalesce(${column}, now()) + interval '1 second'`,
    jsonb: sql`coalesce(${column}, '{}') || '{"0": "VIP-99"}'`,
    _int4: sql`coalesce(${column}, '{}') || 99`,
  };
  const value = other[type];
  if (value === undefined) throw new Error(`no other value of type ${type}`);
  return value;
}

test.each(tables)(
  'each changed column of a row of %s, each missing row and an extra one are found',
  async (table) => {
    const { kysely } = sound().side.database;
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
      Object.entries({
        tickets: 'revision',
        ledger: 'revision',
        purchases: 'purchase_id',
        holds: 'hold_id',
        waiting_list: 'hold_id',
        sales_per_second: 'second',
      }),
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
      () => sql`${damage} ${name}`.execute(sound().side.database.kysely),
      async () => {
        expect({ name, broken: await violatedIn() }).toEqual({ name, broken: ['I10'] });
      },
    );
  }
});

test('a ledger whose position is too early is found', async () => {
  for (const position of [null, '1']) {
    await inTable(
      'ledger_position',
      () =>
        sql`update ledger_position set commit_position = ${position}, prepare_position = ${position}`.execute(
          sound().side.database.kysely,
        ),
      async () => {
        expect(await violatedIn()).toEqual(['I10']);
      },
    );
  }
});

test('a parked concert and a skipped event are found, of each projection', async () => {
  const { kysely } = sound().side.database;
  for (const projection of projectionNames) {
    // The rows do not show this event, so only the note can be found.
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

test('each changed field of a stock key, each malformed value, and its loss are found', async () => {
  const { primary, prefix } = sound().side.redis;
  const key = `${prefix}stock:${concertId}`;
  const right = await primary.hgetall(key);
  const damages: readonly (() => Promise<unknown>)[] = [
    () => primary.hset(key, 'remaining', Number(right.remaining) + 1),
    () => primary.hset(key, 'revision', Number(right.revision) - 1),
    () => primary.hset(key, 'revision', Number(right.revision) + 1),
    () => primary.hset(key, 'remaining', 'many'),
    () => primary.hset(key, 'remaining', ''),
    () => primary.hset(key, 'held', Number(right.held) + 1),
    () => primary.hset(key, 'held', '-1'),
    () => primary.hset(key, 'revision', '0x10'),
    () => primary.hdel(key, 'remaining'),
    () => primary.hdel(key, 'revision'),
    () => primary.del(key),
    async () => {
      await primary.del(key);
      await primary.lpush(key, 'text');
    },
  ];
  for (const [i, damage] of damages.entries()) {
    await damage();
    expect({ i, broken: await violatedIn() }).toEqual({ i, broken: ['I11'] });
    await primary.del(key);
    await primary.hset(key, right);
  }
  expect(await violatedIn()).toEqual([]);
});

test('each value of a snapshot, and each part that is missing, is found', async () => {
  const { kysely } = sound().side.database;
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
});
