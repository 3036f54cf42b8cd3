import { sql, type Transaction } from 'kysely';
import type { Position } from '../../domain/log/recorded-event.js';
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
import { loadCheckpoints, lockLiveCheckpoints } from '../apply/checkpoints.js';
import { forgetUndoneSkips } from '../apply/park.js';
import { change } from '../apply/reset-tables.js';
import { projectionNamed } from '../models/index.js';
import type { Projection } from '../models/projection.js';
import { buildSchemaOf, replacedSchemaOf } from './build-schemas.js';
import { compareBuilds, positionsOf, type Uncompared, uncomparedOf } from './compare-builds.js';
import type { Difference } from './compare-tables.js';
import { deleteBuild } from './discard.js';

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
