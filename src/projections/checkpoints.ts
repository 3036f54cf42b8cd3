import { type Kysely, sql } from 'kysely';
import type { Position } from '../event-store/recorded-event.js';
import type { ProjectionName } from './projection.js';
import { rows } from './rows.js';
import type { CheckpointRow, Slot, Tables } from './tables.js';

export interface Checkpoint {
  readonly projection: ProjectionName;
  readonly slot: Slot;
  readonly version: number;
  /** Everything up to here is in the tables; null before the first event. */
  readonly position: Position | null;
  readonly lastEventAt: Date | null;
  readonly state: CheckpointRow['state'];
  readonly caughtUp: boolean;
  readonly problem: string | null;
  readonly epoch: bigint;
}

export interface CheckpointMove {
  readonly projection: ProjectionName;
  readonly slot: Slot;
  readonly epoch: bigint;
  readonly from: Position | null;
  readonly to: Position;
}

/** Another runner or an operator has changed the checkpoint; what was to be written may be there already. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

export async function loadCheckpoints(database: Kysely<Tables>): Promise<readonly Checkpoint[]> {
  const all = await database.selectFrom('checkpoints').selectAll().execute();
  return all.map(toCheckpoint);
}

/** Read and locked until the transaction ends: nobody moves them meanwhile. */
export async function lockLiveCheckpoints(
  transaction: Kysely<Tables>,
  names: readonly ProjectionName[],
): Promise<readonly Checkpoint[]> {
  const locked = await transaction
    .selectFrom('checkpoints')
    .selectAll()
    .where('slot', '=', 'live')
    .where('projection', 'in', names)
    .orderBy('projection')
    .forUpdate()
    .execute();
  return locked.map(toCheckpoint);
}

/**
 * Moves checkpoints, each from where the caller believes it to be, and locks them until the transaction ends. So of two
 * runners that have the same events in hand only one writes them.
 * @throws {CheckpointMoved} when one is somewhere else; the transaction must be rolled back.
 */
export async function moveCheckpoints(
  transaction: Kysely<Tables>,
  moves: readonly CheckpointMove[],
  lastEventAt: Date | null,
): Promise<void> {
  const { numAffectedRows } = await sql`
    update checkpoints c set
      commit_position = d.to_commit, prepare_position = d.to_prepare,
      last_event_at = coalesce(${lastEventAt}::timestamptz, c.last_event_at)
    from ${rows('d', moveColumns, moves.map(toRow))}
    where c.projection = d.projection and c.slot = d.slot and c.epoch = d.epoch
      and c.commit_position is not distinct from d.from_commit
      and c.prepare_position is not distinct from d.from_prepare`.execute(transaction);
  if (numAffectedRows !== BigInt(moves.length)) {
    const names = moves.map(({ projection }) => projection).join(', ');
    throw new CheckpointMoved(`somebody else changed a checkpoint of ${names}`);
  }
}

/** Notes that these have been at the end of the log. */
export async function markCaughtUp(
  database: Kysely<Tables>,
  live: readonly { readonly projection: ProjectionName; readonly epoch: bigint }[],
): Promise<void> {
  for (const { projection, epoch } of live) {
    await database
      .updateTable('checkpoints')
      .set({ caught_up: true })
      .where('projection', '=', projection)
      .where('slot', '=', 'live')
      .where('epoch', '=', epoch)
      .execute();
  }
}

const moveColumns =
  'projection text, slot text, epoch bigint, from_commit numeric, from_prepare numeric, ' +
  'to_commit numeric, to_prepare numeric';

const toRow = ({ projection, slot, epoch, from, to }: CheckpointMove) => ({
  projection,
  slot,
  epoch: `${epoch}`,
  from_commit: from === null ? null : `${from.commit}`,
  from_prepare: from === null ? null : `${from.prepare}`,
  to_commit: `${to.commit}`,
  to_prepare: `${to.prepare}`,
});

interface StoredCheckpoint {
  readonly projection: ProjectionName;
  readonly slot: Slot;
  readonly version: number;
  readonly commit_position: string | null;
  readonly prepare_position: string | null;
  readonly last_event_at: Date | null;
  readonly state: CheckpointRow['state'];
  readonly caught_up: boolean;
  readonly problem: string | null;
  readonly epoch: bigint;
}

function toCheckpoint(row: StoredCheckpoint): Checkpoint {
  const { projection, slot, version, commit_position: commit, prepare_position: prepare } = row;
  return {
    projection,
    slot,
    version,
    position:
      commit === null || prepare === null ? null : { commit: BigInt(commit), prepare: BigInt(prepare) },
    lastEventAt: row.last_event_at,
    state: row.state,
    caughtUp: row.caught_up,
    problem: row.problem,
    epoch: row.epoch,
  };
}
