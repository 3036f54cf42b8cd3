import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { openCommandLine } from './command-line.js';

/** Commands that only look, on a Postgres that takes no writes. */

const namespace = uniqueNamespace();
const role = `looker_${namespace}`;
const onsale = openCommandLine(namespace);
let side: Awaited<ReturnType<typeof openReadSide>>;

const looks = [
  ['projections', 'status'],
  ['projections', 'parked'],
  ['audit', '--all'],
  ['audit', 'rock'],
  ['history', 'customer', 'c1'],
  ['snapshots'],
];

beforeAll(async () => {
  side = await openReadSide(namespace);
  side.runner.start();
  const last = await record(side.store, 'rock', saleOf('rock', 50));
  const models = new ReadModels(side.database, () => {});
  for (const model of ['concerts', 'tickets', 'purchases', 'stock'] as const) {
    expect(await models.waitFor('rock', last, 20_000, model)).toBe(true);
  }
  await sql`create role ${sql.id(role)} login password 'look'`.execute(side.database.kysely);
  await sql`alter role ${sql.id(role)} set default_transaction_read_only = on`.execute(side.database.kysely);
  await sql`grant usage on schema ${sql.id(namespace)} to ${sql.id(role)}`.execute(side.database.kysely);
  await sql`grant select on all tables in schema ${sql.id(namespace)} to ${sql.id(role)}`.execute(
    side.database.kysely,
  );
});
afterAll(async () => {
  await sql`drop owned by ${sql.id(role)}`.execute(side.database.kysely);
  await sql`drop role ${sql.id(role)}`.execute(side.database.kysely);
  await side.close();
});

test('commands that only look work for a role that may not write, on a Postgres that takes no writes', async () => {
  const url = Object.assign(new URL(testServers().databaseUrl), { username: role, password: 'look' });
  for (const args of looks) {
    expect(await onsale(args, { DATABASE_URL: url.href }), args.join(' ')).toMatchObject({
      code: 0,
      complaint: expect.not.stringContaining('onsale:'),
    });
  }
});

test('their sessions are read-only also where the role may write', async () => {
  const { kysely } = side.database;
  const writer = `writer_${namespace}`;
  await sql`create role ${sql.id(writer)} login password 'write'`.execute(kysely);
  await sql`grant usage on schema ${sql.id(namespace)} to ${sql.id(writer)}`.execute(kysely);
  await sql`grant all on all tables in schema ${sql.id(namespace)} to ${sql.id(writer)}`.execute(kysely);
  // Whoever reads a row in a session that could write is refused, the owner of the tables excepted.
  await sql`
    create function only_looks() returns boolean language plpgsql as $$ begin
      if current_setting('transaction_read_only') = 'on' then return true; end if;
      raise exception 'this session can write';
    end $$`.execute(kysely);
  const tables = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = ${namespace}`.execute(kysely);
  for (const { name } of tables.rows) {
    await sql`create policy looks on ${sql.table(name)} using (only_looks())`.execute(kysely);
    await sql`alter table ${sql.table(name)} enable row level security`.execute(kysely);
  }
  try {
    const url = Object.assign(new URL(testServers().databaseUrl), { username: writer, password: 'write' });
    for (const args of looks) {
      expect(await onsale(args, { DATABASE_URL: url.href }), args.join(' ')).toMatchObject({ code: 0 });
    }
    expect(await onsale(['projections', 'pause', 'stock'], { DATABASE_URL: url.href })).toMatchObject({
      code: 2,
      complaint: expect.stringContaining('this session can write'),
    });
  } finally {
    for (const { name } of tables.rows) {
      await sql`alter table ${sql.table(name)} disable row level security`.execute(kysely);
      await sql`drop policy looks on ${sql.table(name)}`.execute(kysely);
    }
    await sql`drop function only_looks()`.execute(kysely);
    await sql`drop owned by ${sql.id(writer)}`.execute(kysely);
    await sql`drop role ${sql.id(writer)}`.execute(kysely);
  }
});

test('on a schema of another version they say so in words, and leave it as it is', async () => {
  const names = () =>
    sql<{ name: string }>`select name from kysely_migration order by name`.execute(side.database.kysely);
  const before = await names();
  const last = before.rows.at(-1)?.name ?? '';
  await sql`insert into kysely_migration values ('999-to-come', now()::text)`.execute(side.database.kysely);
  for (const args of looks) {
    expect(await onsale(args)).toMatchObject({
      code: 2,
      complaint: expect.stringMatching(/is of a newer version of onsale: it has 999-to-come/),
    });
  }
  await sql`delete from kysely_migration where name in ('999-to-come', ${last})`.execute(
    side.database.kysely,
  );
  for (const args of looks) {
    expect(await onsale(args)).toMatchObject({
      code: 2,
      complaint: expect.stringMatching(/is of an older version of onsale: it lacks/),
    });
  }
  expect((await names()).rows).toEqual(before.rows.slice(0, -1));
  await sql`insert into kysely_migration values (${last}, now()::text)`.execute(side.database.kysely);
});

test('where there is no installation they make none', async () => {
  const nowhere = uniqueNamespace();
  for (const args of looks) {
    expect(await onsale(args, { NAMESPACE: nowhere })).toMatchObject({
      code: 2,
      complaint: expect.stringMatching(/There is no installation in the schema/),
    });
  }
  const client = new pg.Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [nowhere]);
  await client.end();
  expect(rowCount).toBe(0);
});
