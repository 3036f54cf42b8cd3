import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/postgres/database.js';
import { loadCheckpoints } from '../../src/projections/apply/checkpoints.js';
import { migrations } from '../../src/projections/schema/migration-list.js';
import { migrate } from '../../src/projections/schema/migrations.js';
import { requireSchema } from '../../src/projections/schema/schema-version.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

const starts = 10;

test('an installation starts while other installations create and drop tables in its database', async () => {
  const others = [openOwn(), openOwn()];
  const ended = new AbortController();
  const churning = others.map((other) => comeAndGo(other, ended.signal));
  const starting = startOver(starts).finally(() => ended.abort());
  try {
    const [, ...rounds] = await Promise.all([starting, ...churning]);
    for (const each of rounds) expect(each).toBeGreaterThan(0);
  } finally {
    await Promise.allSettled(churning);
    for (const other of others) await other.close();
  }
});

test('tables of a rebuild in place become active, or stay paused', async () => {
  const own = openOwn();
  const { kysely } = own;
  try {
    await migrate(own);
    await sql`alter table checkpoints add column state_after text`.execute(kysely);
    await sql`
      update checkpoints set state = 'rebuilding', state_after = case projection when 'tickets' then 'paused' end
      where projection in ('tickets', 'stock')`.execute(kysely);
    await migrations['006-no-rebuild-in-place']?.up(kysely);
    const checkpoints = await loadCheckpoints(kysely);
    const states = new Map(checkpoints.map(({ projection, state }) => [projection, state]));
    expect([states.get('tickets'), states.get('stock'), states.get('concerts')]).toEqual([
      'paused',
      'active',
      'active',
    ]);
  } finally {
    await sql`drop schema if exists ${sql.id(own.schema)} cascade`.execute(kysely);
    await own.close();
  }
});

const openOwn = (): Database =>
  openDatabase({
    url: testServers().databaseUrl,
    namespace: uniqueNamespace(),
    poolSize: 2,
    onError: () => {},
  });

/** Starts new installations, one after the other. */
async function startOver(times: number): Promise<void> {
  for (let start = 0; start < times; start++) {
    const own = openOwn();
    try {
      await migrate(own);
      await requireSchema(own);
    } finally {
      await sql`drop schema if exists ${sql.id(own.schema)} cascade`.execute(own.kysely);
      await own.close();
    }
  }
}

/** Creates and drops a schema with tables until aborted, as rebuilds do. @returns how often */
async function comeAndGo({ kysely, schema }: Database, ended: AbortSignal): Promise<number> {
  let rounds = 0;
  while (!ended.aborted) {
    await sql`create schema ${sql.id(schema)}`.execute(kysely);
    for (let table = 0; table < 20; table++) {
      await sql`create table ${sql.id(`t${table}`)} (id serial)`.execute(kysely);
    }
    await sql`drop schema ${sql.id(schema)} cascade`.execute(kysely);
    rounds += 1;
  }
  return rounds;
}
