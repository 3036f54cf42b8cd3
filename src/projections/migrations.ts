import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import type { Database } from './database.js';
import { projections } from './models/index.js';
import type { Projection } from './projection.js';
import { takeSessionLock } from './session-lock.js';
import type { Tables } from './tables.js';

/** Bookkeeping and snapshots migrate. Tables of read models belong to their projection and change by a rebuild. */
const migrations: Readonly<Record<string, Migration>> = {
  '001-bookkeeping': {
    async up(database: Kysely<unknown>) {
      await sql`
        create table checkpoints (
          projection text,
          slot text,
          version integer not null,
          commit_position numeric(20),
          prepare_position numeric(20),
          last_event_at timestamptz,
          state text not null,
          caught_up boolean not null default false,
          problem text,
          epoch bigint not null default 0,
          primary key (projection, slot)
        ) with (fillfactor = 50)`.execute(database);
      await sql`
        create table parked (
          projection text,
          concert_id text collate "C",
          revision bigint not null,
          last_revision bigint not null,
          event_id text not null,
          event_type text not null,
          problem text not null,
          parked_at timestamptz not null default now(),
          primary key (projection, concert_id)
        )`.execute(database);
      await sql`
        create table skipped (
          projection text,
          concert_id text collate "C",
          revision bigint,
          event_id text not null,
          problem text not null,
          skipped_at timestamptz not null default now(),
          primary key (projection, concert_id, revision)
        )`.execute(database);
    },
  },
  '002-snapshots': {
    async up(database: Kysely<unknown>) {
      await sql`
        create table snapshots (
          concert_id text collate "C" primary key,
          revision bigint not null,
          event_id text not null,
          shape text not null,
          taken_at timestamptz not null default now()
        )`.execute(database);
      await sql`
        create table snapshot_parts (
          concert_id text collate "C" references snapshots on delete cascade,
          part integer,
          content text not null,
          primary key (concert_id, part)
        )`.execute(database);
      // Packing it would cost Postgres more time than the disk it saves is worth.
      await sql`alter table snapshot_parts alter column content set storage external`.execute(database);
    },
  },
  '003-parts-of-snapshots': {
    async up(database: Kysely<unknown>) {
      await sql`alter table snapshots add column last_part integer not null default 0`.execute(database);
    },
  },
  '004-undone-skips': {
    async up(database: Kysely<unknown>) {
      await sql`alter table skipped add column undone_at timestamptz`.execute(database);
    },
  },
};

/**
 * Brings the schema up to date and makes the tables of projections that are new. To be called at every start, by any number
 * of processes at once.
 */
export async function migrate(database: Database): Promise<void> {
  const { kysely, schema, url } = database;
  const lock = await takeSessionLock(url, `onsale/migrate/${schema}`, new AbortController().signal);
  try {
    await sql`create schema if not exists ${sql.id(schema)}`.execute(kysely);
    const migrator = new Migrator({
      db: kysely,
      provider: { getMigrations: async () => migrations },
      migrationTableSchema: schema,
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    for (const projection of projections) await install(kysely, projection);
  } finally {
    await lock?.release();
  }
}

async function install(kysely: Kysely<Tables>, projection: Projection): Promise<void> {
  const { name, version, createTables, createReadIndexes } = projection;
  await kysely.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('checkpoints')
      .values({ projection: name, slot: 'live', version, state: 'active' })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return;
    for (const statement of [...createTables, ...createReadIndexes]) await statement.execute(transaction);
  });
}
