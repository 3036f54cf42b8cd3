import { type Kysely, sql } from 'kysely';
import type { Position } from '../event-store/recorded-event.js';
import { rows } from './rows.js';
import type { Tables } from './tables.js';

export interface Checkpoint {
  readonly version: number;
  /** Everything up to here is in the tables; null before the first event. */
  readonly position: Position | null;
}

export interface CheckpointMove {
  readonly projection: string;
  readonly from: Position | null;
  readonly to: Position;
}

/** Another runner has moved the checkpoint; what was to be written may be there already. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

export async function loadCheckpoints(database: Kysely<Tables>): Promise<ReadonlyMap<string, Checkpoint>> {
  const all = await database.selectFrom('checkpoints').selectAll().execute();
  return new Map(
    all.map(({ projection, version, commit_position: commit, prepare_position: prepare }) => [
      projection,
      { version, position: toPosition(commit, prepare) },
    ]),
  );
}

/**
 * Moves checkpoints, each from where the caller believes it to be, and locks them until the transaction ends. So of two
 * runners that have the same events in hand only one writes them.
 * @throws {CheckpointMoved} when one is somewhere else; the transaction must be rolled back.
 */
export async function moveCheckpoints(
  transaction: Kysely<Tables>,
  moves: readonly CheckpointMove[],
): Promise<void> {
  const { numAffectedRows } = await sql`
    update checkpoints c set commit_position = d.to_commit, prepare_position = d.to_prepare, moved_at = now()
    from ${rows('d', moveColumns, moves.map(toRow))}
    where c.projection = d.projection
      and c.commit_position is not distinct from d.from_commit
      and c.prepare_position is not distinct from d.from_prepare`.execute(transaction);
  if (numAffectedRows !== BigInt(moves.length)) {
    throw new CheckpointMoved(
      `somebody else moved a checkpoint of ${moves.map((m) => m.projection).join(', ')}`,
    );
  }
}

const moveColumns =
  'projection text, from_commit numeric, from_prepare numeric, to_commit numeric, to_prepare numeric';

const toRow = ({ projection, from, to }: CheckpointMove) => ({
  projection,
  from_commit: from?.commit ?? null,
  from_prepare: from?.prepare ?? null,
  to_commit: to.commit,
  to_prepare: to.prepare,
});

function toPosition(commit: string | null, prepare: string | null): Position | null {
  return commit === null || prepare === null ? null : { commit: BigInt(commit), prepare: BigInt(prepare) };
}
