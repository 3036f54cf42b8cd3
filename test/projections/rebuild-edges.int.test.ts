import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCheckpoints } from '../../src/projections/apply/checkpoints.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { pauseProjection, resetProjection } from '../../src/projections/operations/pause-resume-reset.js';
import { projectionStatus } from '../../src/projections/operations/status.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { dropReplaced } from '../../src/projections/rebuild/discard.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
beforeEach(async () => {
  side = await openReadSide(uniqueNamespace());
  models = new ReadModels(side.database, () => {});
});
afterEach(() => side.close());

const events = saleOf('rock', 100);
const states = async () =>
  Object.fromEntries((await projectionStatus(side.database)).map(({ name, state }) => [name, state]));
const projected = async (last: bigint) => {
  for (const name of projectionNames) expect(await models.waitFor('rock', last, 20_000, name)).toBe(true);
};

test('a rebuild before anything was projected reaches the end of the log', async () => {
  await record(side.store, 'rock', events);
  const { database, store } = side;
  const result = await rebuild({ database, store, names: projectionNames });
  expect(result).toMatchObject({ kind: 'done', events: events.length, uncompared: [] });
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('rock', events)));
  side.runner.start();
  const more = saleOf('pop', 20);
  expect(await models.waitFor('pop', await record(store, 'pop', more), 20_000, 'tickets')).toBe(true);
});

test('a rebuild of all compares a paused projection at its own position, and leaves it paused', async () => {
  side.runner.start();
  await projected(await record(side.store, 'rock', events.slice(0, 50)));
  const { database, store } = side;
  await pauseProjection(database, 'tickets');
  const last = await record(store, 'rock', events, 10, 50);
  expect(await models.waitFor('rock', last, 20_000)).toBe(true);
  await sql`update tickets set customer_id = 'a thief' where number = 7`.execute(database.kysely);
  expect(await rebuild({ database, store, names: projectionNames })).toMatchObject({
    kind: 'different',
    differences: [{ projection: 'tickets', concertId: 'rock' }],
  });
  await sql`update tickets set customer_id = 'c7' where number = 7`.execute(database.kysely);
  expect(await rebuild({ database, store, names: projectionNames })).toMatchObject({
    kind: 'done',
    differences: [],
    uncompared: [],
  });
  expect(await states()).toMatchObject({ tickets: 'paused', concerts: 'active' });
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('rock', events)));
});

test('new tables keep the grants of the old, to the column, and their owner', async () => {
  const { database, store } = side;
  const { kysely, schema } = database;
  const role = `reports_${schema}`;
  await sql`create role ${sql.id(role)}`.execute(kysely);
  await sql`grant select on tickets to ${sql.id(role)} with grant option`.execute(kysely);
  await sql`grant update (status) on concerts to ${sql.id(role)}`.execute(kysely);
  await sql`grant select on concerts to public`.execute(kysely);
  await sql`alter table purchases owner to ${sql.id(role)}`.execute(kysely);
  const access = async () => {
    const tables = await sql`
      select c.relname, c.relowner, a.grantee, a.privilege_type, a.is_grantable
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join lateral aclexplode(c.relacl) a on a.grantee <> c.relowner
      where n.nspname = ${schema} and c.relkind = 'r' order by 1, 3, 4`.execute(kysely);
    const columns = await sql`
      select c.relname, t.attname, t.attacl::text[] from pg_attribute t join pg_class c on c.oid = t.attrelid
        join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and t.attacl is not null order by 1, 2`.execute(kysely);
    return [...tables.rows, ...columns.rows];
  };
  const before = await access();
  await record(store, 'rock', events);
  await rebuild({ database, store, names: projectionNames });
  expect(await access()).toEqual(before);
  await resetProjection(database, 'tickets');
  expect(await access()).toEqual(before);
  await sql`drop owned by ${sql.id(role)} cascade`.execute(kysely);
  await sql`drop role ${sql.id(role)}`.execute(kysely);
});

test('a refusal names the objects that depend on the old tables, and nothing is changed', async () => {
  const { database, store } = side;
  const { kysely } = database;
  await record(store, 'rock', events);
  await sql`create view best_sellers as select concert_id, sold from concerts order by sold desc`.execute(
    kysely,
  );
  await sql`create index tickets_by_seat on tickets (seat)`.execute(kysely);
  const all = { database, store, names: projectionNames };
  await expect(rebuild(all)).rejects.toThrow(/view .*best_sellers \(on concerts\).*Nothing was changed/);
  await expect(resetProjection(database, 'concerts')).rejects.toThrow(/best_sellers/);
  await expect(rebuild({ ...all, names: ['tickets'] })).rejects.toThrow(
    /index tickets_by_seat \(on tickets\)/,
  );
  await sql`drop index tickets_by_seat`.execute(kysely);
  await sql`drop view best_sellers`.execute(kysely);
  expect(await rebuild(all)).toMatchObject({ kind: 'done' });
  const replaced = `${database.schema}-replaced.concerts`;
  await sql`create view of_old as select concert_id from ${sql.table(replaced)}`.execute(kysely);
  await expect(dropReplaced(database)).rejects.toThrow(/view .*of_old/);
  await sql`drop view of_old`.execute(kysely);
  await dropReplaced(database);
});

test('a refusal names a long reader, the swap can be repeated, and status shows no running rebuild', async () => {
  const { database, store } = side;
  side.runner.start();
  await projected(await record(store, 'rock', events));
  const reader = new pg.Client({ connectionString: testServers().databaseUrl, application_name: 'a report' });
  await reader.connect();
  await reader.query(`begin; select * from "${database.schema}".tickets limit 1`);
  await expect(rebuild({ database, store, names: ['tickets'] })).rejects.toThrow(
    /held the old tables for longer than 3 s: session \d+ \(a report\), in a transaction since .*Nothing was swapped/,
  );
  const [tickets] = (await projectionStatus(database)).filter(({ name }) => name === 'tickets');
  expect(tickets).toMatchObject({ state: 'active', build: { running: false } });
  await reader.end();
  expect(await rebuild({ database, store, names: ['tickets'] })).toMatchObject({
    kind: 'done',
    uncompared: [],
  });
});

test('the progress of a rebuild is its share of the current log, also while the log grows', async () => {
  let there = 60;
  await record(side.store, 'rock', events.slice(0, there), 10);
  const { database, store } = side;
  const growing = {
    identify: () => store.identify(),
    logId: () => store.logId(),
    read: (...args: Parameters<typeof store.read>) => store.read(...args),
    subscribeInChunks: (...args: Parameters<typeof store.subscribeInChunks>) =>
      store.subscribeInChunks(...args),
    async end() {
      if (there < events.length) await record(store, 'rock', events.slice(0, there + 5), 5, there);
      there = Math.min(events.length, there + 5);
      return store.end();
    },
  };
  const sharesOf = async (source: typeof growing) => {
    const shares: number[] = [];
    const onProgress = ({ share }: { share: number }) => shares.push(share);
    const options = { database, store: source, names: ['stock' as const], maxBatch: 20, onProgress };
    expect(await rebuild(options)).toMatchObject({ kind: 'done' });
    return shares;
  };
  const whileItGrows = await sharesOf(growing);
  expect(whileItGrows.length).toBeGreaterThan(2);
  for (const share of whileItGrows) expect(share).toBeLessThan(1);
  // The log is shared with other tests, so that its end is asked of what the rebuild has read.
  const read = (await loadCheckpoints(database.kysely)).find(({ projection }) => projection === 'stock');
  const end = async () => read?.position ?? null;
  expect((await sharesOf({ ...growing, end })).at(-1)).toBe(1);
});
