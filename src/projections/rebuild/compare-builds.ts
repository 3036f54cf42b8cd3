import type { Transaction } from 'kysely';
import { comparePositions, type Position } from '../../domain/log/recorded-event.js';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import type { Target } from '../apply/apply-batch.js';
import { type Checkpoint, loadCheckpoints, lockLiveCheckpoints } from '../apply/checkpoints.js';
import { projectionNamed } from '../models/index.js';
import { buildSchemaOf } from './build-schemas.js';
import { compareTables, type Difference } from './compare-tables.js';

/** New tables that were not compared with the old ones, and why. */
export interface Uncompared {
  readonly projection: ProjectionName;
  readonly reason: string;
}

/** In ascending order, each once. */
export function positionsOf(checkpoints: readonly Checkpoint[]): readonly Position[] {
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
export async function compareBuilds(
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

export async function uncomparedOf(
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
