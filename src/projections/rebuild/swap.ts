import { sql, type Transaction } from 'kysely';
import { comparePositions, type Position } from '../../domain/log/recorded-event.js';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import type { Target } from '../apply/apply-batch.js';
import {
  accessTo,
  giveAccess,
  RebuildRefused,
  refuseDependents,
  refuseLostIndexes,
  sessionsHolding,
} from '../apply/attachments.js';
import { type Checkpoint, loadCheckpoints, lockLiveCheckpoints } from '../apply/checkpoints.js';
import { forgetUndoneSkips } from '../apply/park.js';
import { change } from '../apply/reset-tables.js';
import { projectionNamed } from '../models/index.js';
import type { Projection } from '../models/projection.js';
import { compareTables, type Difference } from './compare-tables.js';

/** A hyphen keeps these apart from every namespace. */
export const buildSchemaOf = ({ schema }: Database): string => `${schema}-build`;
const replacedSchemaOf = ({ schema }: Database): string => `${schema}-replaced`;

/** How long readers may delay a swap, and wait for it, in ms. */
const lockTimeoutMs = 3_000;
/** How long a process that hangs in the middle of a swap blocks live projecting, in ms. */
const idleMs = 60_000;
const lockNotAvailable = '55P03';

export interface Swap {
  readonly swapped: boolean;
  readonly differences: readonly Difference[];
  readonly uncompared: readonly Uncompared[];
}

/** New tables that were not compared with the old ones, and why. */
export interface Uncompared {
  readonly projection: ProjectionName;
  readonly reason: string;
}

/**
 * Blocks live projecting, brings the new tables to the position of the old ones, compares, and swaps. Readers see either the
 * old tables or the new ones. New tables that were compared before stay compared.
 * @param foreign projections whose old tables were built from another log, so that there is nothing to compare
 * @param bringTo applies events to the new tables up to a position; null when it was interrupted
 * @throws {RebuildRefused} with nothing swapped, when a session reads a table for longer than three seconds, or an object
 * depends on it
 */
export async function swapIn(
  database: Database,
  names: readonly ProjectionName[],
  acceptDifferences: boolean,
  foreign: ReadonlySet<ProjectionName>,
  bringTo: (limit: Position) => Promise<readonly Target[] | null>,
): Promise<Swap | null> {
  const tables = names.flatMap((name) => projectionNamed(name).tables);
  try {
    return await database.kysely.transaction().execute(async (transaction) => {
      await sql`set local idle_in_transaction_session_timeout = ${sql.lit(idleMs)}`.execute(transaction);
      const live = await lockLiveCheckpoints(transaction, names);
      const differences: Difference[] = [];
      for (const limit of positionsOf(live.filter(({ projection }) => !foreign.has(projection)))) {
        if ((await bringTo(limit)) === null) return null;
        differences.push(...(await compareBuilds(transaction, database, live, foreign)));
      }
      if (differences.length > 0 && !acceptDifferences)
        return { swapped: false, differences, uncompared: [] };
      const uncompared = await uncomparedOf(transaction, live, foreign);
      await refuseDependents(transaction, database.schema, tables);
      await sql`set local lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(transaction);
      for (const name of names) await swapTables(transaction, database, projectionNamed(name));
      return { swapped: true, differences, uncompared };
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === lockNotAvailable)) throw error;
    throw await heldUp(database, tables, error);
  }
}

async function heldUp(database: Database, tables: readonly string[], cause: Error): Promise<RebuildRefused> {
  const sessions = await sessionsHolding(database.kysely, database.schema, tables);
  const whom = sessions.length === 0 ? 'which have gone meanwhile' : sessions.join('; ');
  return new RebuildRefused(
    `Other sessions held the old tables for longer than ${lockTimeoutMs / 1_000} s: ${whom}. Nothing was swapped, the new ` +
      'tables are kept. Wait for those sessions or end them, then call the same command again: it goes on from here.',
    { cause },
  );
}

/** In ascending order, each once. */
function positionsOf(checkpoints: readonly Checkpoint[]): readonly Position[] {
  const sorted = checkpoints
    .flatMap(({ position }) => (position === null ? [] : [position]))
    .sort(comparePositions);
  return sorted.filter((position, i) => {
    const before = sorted[i - 1];
    return before === undefined || comparePositions(before, position) !== 0;
  });
}

/**
 * Compares tables that do not move, paused or without a process that projects, before new tables go past them: each projection
 * at its own position.
 * @throws {EventStoreUnavailable}
 */
export async function compareStanding(
  database: Database,
  standing: readonly Checkpoint[],
  bringTo: (limit: Position) => Promise<readonly Target[] | null>,
): Promise<readonly Difference[] | null> {
  const differences: Difference[] = [];
  for (const limit of positionsOf(standing)) {
    if ((await bringTo(limit)) === null) return null;
    const names = standing.map(({ projection }) => projection);
    const found = await database.kysely.transaction().execute(async (transaction) => {
      const live = await lockLiveCheckpoints(transaction, names);
      return compareBuilds(transaction, database, live, new Set());
    });
    differences.push(...found);
  }
  return differences;
}

/** Compares new tables with old ones at the same position, and notes those that are equal. */
async function compareBuilds(
  transaction: Transaction<Tables>,
  database: Database,
  live: readonly Checkpoint[],
  foreign: ReadonlySet<ProjectionName>,
): Promise<readonly Difference[]> {
  const { schema } = database;
  const differences: Difference[] = [];
  const checkpoints = await loadCheckpoints(transaction);
  for (const old of live) {
    const build = checkpoints.find((each) => each.slot === 'build' && each.projection === old.projection);
    if (build === undefined || foreign.has(old.projection)) continue;
    if (whyIncomparable(old) !== null || !isSamePlace(old, build)) continue;
    const projection = projectionNamed(old.projection);
    const found = await compareTables(transaction, projection, schema, buildSchemaOf(database));
    differences.push(...found);
    await transaction
      .updateTable('checkpoints')
      .set({ compared_epoch: found.length === 0 ? old.epoch : null })
      .where('projection', '=', old.projection)
      .where('slot', '=', 'build')
      .execute();
  }
  return differences;
}

const isSamePlace = (old: Checkpoint, build: Checkpoint): boolean =>
  old.position !== null && build.position !== null && comparePositions(old.position, build.position) === 0;

/** Why old tables cannot be compared at any position; null when they can. */
function whyIncomparable({ projection, version }: Checkpoint): string | null {
  return version === projectionNamed(projection).version ? null : `the old ones are of version ${version}`;
}

async function uncomparedOf(
  transaction: Transaction<Tables>,
  live: readonly Checkpoint[],
  foreign: ReadonlySet<ProjectionName>,
): Promise<readonly Uncompared[]> {
  const checkpoints = await loadCheckpoints(transaction);
  return live.flatMap((old) => {
    const { projection, position, epoch } = old;
    const build = checkpoints.find((each) => each.slot === 'build' && each.projection === projection);
    if (foreign.has(projection)) return [{ projection, reason: 'the old ones were made from another log' }];
    const reason = whyIncomparable(old);
    if (reason !== null) return [{ projection, reason }];
    // The old tables were empty, or equal when they were compared.
    if (position === null || build?.comparedEpoch === epoch) return [];
    if (build !== undefined && isSamePlace(old, build)) return []; // They differ, which the result reports.
    return [{ projection, reason: 'the old ones were behind the new ones' }];
  });
}

/**
 * Drops the tables that rebuilds have replaced.
 * @throws {RebuildRefused} when views or the like depend on them
 */
export async function dropReplaced(database: Database): Promise<void> {
  const schema = replacedSchemaOf(database);
  await database.kysely.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = ${schema}`.execute(transaction);
    const tables = rows.map(({ name }) => name);
    if (tables.length > 0) await refuseDependents(transaction, schema, tables);
    for (const table of tables) await sql`drop table ${sql.table(`${schema}.${table}`)}`.execute(transaction);
    await sql`drop schema if exists ${sql.id(schema)}`.execute(transaction);
  });
}

/** Drops an unfinished build. */
export async function abandonBuild(database: Database, name: ProjectionName): Promise<void> {
  const { tables } = projectionNamed(name);
  await database.kysely.transaction().execute(async (transaction) => {
    await deleteBuild(transaction, name);
    for (const table of tables) {
      await sql`drop table if exists ${sql.table(`${buildSchemaOf(database)}.${table}`)}`.execute(
        transaction,
      );
    }
  });
}

async function swapTables(
  transaction: Transaction<Tables>,
  database: Database,
  { name, tables, version }: Projection,
): Promise<void> {
  const [live, built, replaced] = [database.schema, buildSchemaOf(database), replacedSchemaOf(database)];
  await sql`create schema if not exists ${sql.id(replaced)}`.execute(transaction);
  const checkpoints = await loadCheckpoints(transaction);
  const build = checkpoints.find(({ projection, slot }) => projection === name && slot === 'build');
  const old = checkpoints.find(({ projection, slot }) => projection === name && slot === 'live');
  for (const table of tables) {
    if (old?.version === version) {
      await refuseLostIndexes(transaction, table, { old: live, new: built });
    }
    const access = await accessTo(transaction, live, table);
    await sql`drop table if exists ${sql.table(`${replaced}.${table}`)}`.execute(transaction);
    await sql`alter table if exists ${sql.table(`${live}.${table}`)} set schema ${sql.id(replaced)}`.execute(
      transaction,
    );
    await sql`alter table ${sql.table(`${built}.${table}`)} set schema ${sql.id(live)}`.execute(transaction);
    if (access !== null) await giveAccess(transaction, live, table, access);
  }
  await change(transaction, name, {
    version,
    state: old?.state === 'paused' ? 'paused' : 'active',
    commit_position: build?.position?.commit.toString() ?? null,
    prepare_position: build?.position?.prepare.toString() ?? null,
    last_event_at: build?.lastEventAt ?? null,
    problem: null,
    log_id: build?.logId ?? null,
    event_id: build?.lastEvent?.id ?? null,
    event_concert_id: build?.lastEvent?.concertId ?? null,
    event_revision: build?.lastEvent?.revision ?? null,
    foreign_log: null,
  });
  await deleteBuild(transaction, name);
  await transaction.deleteFrom('parked').where('projection', '=', name).execute();
  await forgetUndoneSkips(transaction, name);
}

async function deleteBuild(transaction: Transaction<Tables>, name: ProjectionName): Promise<void> {
  await transaction
    .deleteFrom('checkpoints')
    .where('projection', '=', name)
    .where('slot', '=', 'build')
    .execute();
}
