import { sql, type Transaction } from 'kysely';
import { comparePositions, type Position } from '../event-store/recorded-event.js';
import type { Target } from './apply.js';
import { type Checkpoint, loadCheckpoints, lockLiveCheckpoints } from './checkpoints.js';
import type { Database } from './database.js';
import { projectionNamed } from './models/index.js';
import { change } from './operations.js';
import { forgetUndoneSkips } from './parking.js';
import type { Projection, ProjectionName } from './projection.js';
import type { Tables } from './tables.js';
import { furthestOf } from './targets.js';
import { compareTables, type Difference } from './verify.js';

/** A hyphen keeps these apart from every namespace. */
export const buildSchemaOf = ({ schema }: Database): string => `${schema}-build`;
const replacedSchemaOf = ({ schema }: Database): string => `${schema}-replaced`;

/** How long readers may hold up a swap, and wait behind it, in ms. */
const lockTimeoutMs = 3_000;

export interface Swap {
  readonly swapped: boolean;
  readonly differences: readonly Difference[];
}

/**
 * Holds live projecting still, has the new tables brought to the same position, compares, and swaps. Readers see the old
 * tables or the new ones. Rejects, with nothing swapped, when somebody reads a table for longer than three seconds.
 * @param bringTo takes the new tables up to a position; null when it was interrupted
 */
export async function swapIn(
  database: Database,
  names: readonly ProjectionName[],
  acceptDifferences: boolean,
  bringTo: (limit: Position | null) => Promise<readonly Target[] | null>,
): Promise<Swap | null> {
  return database.kysely.transaction().execute(async (transaction) => {
    const live = await lockLiveCheckpoints(transaction, names);
    const builds = await bringTo(furthestOf(live.map(({ position }) => position)));
    if (builds === null) return null;
    const differences: Difference[] = [];
    for (const build of builds) {
      if (areComparable(build, live)) {
        const { schema } = database;
        differences.push(
          ...(await compareTables(transaction, build.projection, schema, buildSchemaOf(database))),
        );
      }
    }
    if (differences.length > 0 && !acceptDifferences) return { swapped: false, differences };
    await sql`set local lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(transaction);
    for (const { projection } of builds) await swapTables(transaction, database, projection);
    return { swapped: true, differences };
  });
}

/** Forgets the tables that rebuilds have replaced. */
export async function dropReplaced(database: Database): Promise<void> {
  await sql`drop schema if exists ${sql.id(replacedSchemaOf(database))} cascade`.execute(database.kysely);
}

/** Forgets an unfinished build. */
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

/** Tables of the same shape at the same place in the log must hold the same rows. */
function areComparable({ projection, position }: Target, live: readonly Checkpoint[]): boolean {
  const old = live.find((checkpoint) => checkpoint.projection === projection.name);
  if (old?.version !== projection.version || old.state === 'rebuilding') return false;
  if (old.position === null || position === null) return old.position === position;
  return comparePositions(old.position, position) === 0;
}

async function swapTables(
  transaction: Transaction<Tables>,
  database: Database,
  { name, tables, version }: Projection,
): Promise<void> {
  const [live, built, replaced] = [database.schema, buildSchemaOf(database), replacedSchemaOf(database)];
  await sql`create schema if not exists ${sql.id(replaced)}`.execute(transaction);
  for (const table of tables) {
    await sql`drop table if exists ${sql.table(`${replaced}.${table}`)}`.execute(transaction);
    await sql`alter table ${sql.table(`${live}.${table}`)} set schema ${sql.id(replaced)}`.execute(
      transaction,
    );
    await sql`alter table ${sql.table(`${built}.${table}`)} set schema ${sql.id(live)}`.execute(transaction);
  }
  const checkpoints = await loadCheckpoints(transaction);
  const build = checkpoints.find(({ projection, slot }) => projection === name && slot === 'build');
  const old = checkpoints.find(({ projection, slot }) => projection === name && slot === 'live');
  await change(transaction, name, {
    version,
    state: old?.state === 'paused' ? 'paused' : 'active',
    commit_position: build?.position?.commit.toString() ?? null,
    prepare_position: build?.position?.prepare.toString() ?? null,
    last_event_at: build?.lastEventAt ?? null,
    problem: null,
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
