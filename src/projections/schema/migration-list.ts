import { type Kysely, type Migration, sql } from 'kysely';

/** Bookkeeping, snapshots and keys migrate. Tables of read models belong to their projection and change by a rebuild. */
export const migrations: Readonly<Record<string, Migration>> = {
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
  '005-lease-and-log': {
    async up(database: Kysely<unknown>) {
      await sql`
        create table lease (
          name text primary key,
          holder text,
          log_id text,
          epoch bigint not null default 0,
          expires_at timestamptz not null default now(),
          problem text,
          problem_since timestamptz
        ) with (fillfactor = 50)`.execute(database);
      await sql`insert into lease (name) values ('projecting')`.execute(database);
      await sql`
        alter table checkpoints
          add column log_id text,
          add column event_id text,
          add column event_concert_id text collate "C",
          add column event_revision bigint,
          add column foreign_log text,
          add column state_after text,
          add column compared_epoch bigint`.execute(database);
    },
  },
  '006-no-rebuild-in-place': {
    async up(database: Kysely<unknown>) {
      // The runner continues to fill tables of an interrupted rebuild in place.
      await sql`
        update checkpoints set state = coalesce(state_after, 'active'), epoch = epoch + 1
        where slot = 'live' and state = 'rebuilding'`.execute(database);
      await sql`alter table checkpoints drop column state_after`.execute(database);
    },
  },
  '007-ledger': {
    async up(database: Kysely<unknown>) {
      await sql`
        create table ledger (
          concert_id text collate "C",
          revision bigint,
          purchase_id text collate "C" not null,
          kind text not null,
          ticket_number integer,
          primary key (concert_id, revision)
        )`.execute(database);
      await sql`create index ledger_by_purchase on ledger using hash (purchase_id)`.execute(database);
      await sql`
        create table ledger_position (
          name text primary key,
          commit_position numeric(20),
          prepare_position numeric(20),
          log_id text,
          event_id text,
          event_concert_id text collate "C",
          event_revision bigint,
          epoch bigint not null default 0
        ) with (fillfactor = 50)`.execute(database);
      await sql`insert into ledger_position (name) values ('ledger')`.execute(database);
    },
  },
  '008-holds-in-ledger': {
    async up(database: Kysely<unknown>) {
      await sql`alter table ledger add column quantity integer, add column vip_seats integer`.execute(
        database,
      );
    },
  },
  '009-api-keys': {
    async up(database: Kysely<unknown>) {
      await sql`
        create table api_keys (
          id text primary key,
          name text not null,
          hash bytea not null,
          created_at timestamptz not null default now(),
          revoked_at timestamptz
        )`.execute(database);
    },
  },
  '010-events-of-many-holds': {
    async up(database: Kysely<unknown>) {
      await sql`alter table ledger add column place integer not null default 0`.execute(database);
      await sql`
        alter table ledger drop constraint ledger_pkey, add primary key (concert_id, revision, place)`.execute(
        database,
      );
    },
  },
};

export const migrationNames: readonly string[] = Object.keys(migrations).sort();
