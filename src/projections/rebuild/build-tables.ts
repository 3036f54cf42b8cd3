import { sql, type Transaction } from 'kysely';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import type { Target } from '../apply/apply-batch.js';
import { type Checkpoint, loadCheckpoints } from '../apply/checkpoints.js';
import type { LogCheck } from '../apply/log-check.js';
import { loadExceptions } from '../apply/park.js';
import { recreateTables } from '../apply/reset-tables.js';
import { toTarget } from '../apply/targets.js';
import { projectionNamed } from '../models/index.js';
import { buildSchemaOf } from './build-schemas.js';

/** Creates new tables beside the live ones, or continues those of an interrupted rebuild. */
export async function prepareBuilds(
  database: Database,
  names: readonly ProjectionName[],
  log: LogCheck,
): Promise<readonly Target[]> {
  const schema = buildSchemaOf(database);
  for (const name of names) {
    await database.kysely.transaction().execute(async (transaction) => {
      await sql`create schema if not exists ${sql.id(schema)}`.execute(transaction);
      if (await resume(transaction, name, log)) return;
      const projection = projectionNamed(name);
      const { version } = projection;
      await transaction
        .insertInto('checkpoints')
        .values({ projection: name, slot: 'build', version, state: 'rebuilding' })
        .execute();
      await sql`set local search_path to ${sql.id(schema)}`.execute(transaction);
      await recreateTables(transaction, projection);
    });
  }
  return targetsOf(database, names);
}

/** To be called when the rows are complete. */
export async function indexBuilds(database: Database, names: readonly ProjectionName[]): Promise<void> {
  await database.kysely.transaction().execute(async (transaction) => {
    await sql`set local search_path to ${sql.id(buildSchemaOf(database))}`.execute(transaction);
    for (const statement of names.flatMap((name) => projectionNamed(name).createReadIndexes)) {
      await statement.execute(transaction);
    }
  });
}

/** Whether there is a build to continue; one of another version or another log is of no use. */
async function resume(
  transaction: Transaction<Tables>,
  name: ProjectionName,
  log: LogCheck,
): Promise<boolean> {
  const build = (await loadCheckpoints(transaction)).find(isBuildOf(name));
  if (build === undefined) return false;
  if (toTarget(build) !== null && (await log.whyForeign(build)) === null) {
    await clearProblem(transaction, name);
    return true;
  }
  await transaction
    .deleteFrom('checkpoints')
    .where('projection', '=', name)
    .where('slot', '=', 'build')
    .execute();
  return false;
}

const isBuildOf = (name: ProjectionName) => (checkpoint: Checkpoint) =>
  checkpoint.slot === 'build' && checkpoint.projection === name;

async function clearProblem(transaction: Transaction<Tables>, name: ProjectionName): Promise<void> {
  await transaction
    .updateTable('checkpoints')
    .set({ problem: null })
    .where('projection', '=', name)
    .where('slot', '=', 'build')
    .execute();
}

/** A rebuild parks nothing; skipped events stay skipped unless that was undone. */
async function targetsOf({ kysely }: Database, names: readonly ProjectionName[]): Promise<readonly Target[]> {
  const exceptionsOf = await loadExceptions(kysely, 'build');
  const checkpoints = await loadCheckpoints(kysely);
  return checkpoints
    .filter((checkpoint) => checkpoint.slot === 'build' && names.includes(checkpoint.projection))
    .flatMap((checkpoint) => {
      const target = toTarget(checkpoint);
      return target === null ? [] : [{ ...target, skipped: exceptionsOf(checkpoint.projection).skipped }];
    });
}
