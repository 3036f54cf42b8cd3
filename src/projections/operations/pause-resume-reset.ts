import type { Kysely } from 'kysely';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import { type Checkpoint, lockLiveCheckpoints } from '../apply/checkpoints.js';
import { change, startOver } from '../apply/reset-tables.js';
import { projectionNamed } from '../models/index.js';

/** An operator's commands on live projections. They take effect at once, whichever process projects. */

/** The operation does not fit the projection's state; the message says what to do instead. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
}

/** Stops applying events; the tables stay as they are and can be read. @throws {OperationRefused} */
export function pauseProjection({ kysely }: Database, name: ProjectionName): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    await lockOne(transaction, name);
    await change(transaction, name, { state: 'paused' });
  });
}

/** Resumes a paused projection from its checkpoint. @throws {OperationRefused} */
export function resumeProjection({ kysely }: Database, name: ProjectionName): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    const checkpoint = await lockOne(transaction, name);
    if (checkpoint.state === 'paused') await change(transaction, name, { state: 'active', caught_up: false });
  });
}

/**
 * Empties the tables and projects everything again, live, from the start of the log. Until that is done the tables are
 * incomplete; a rebuild avoids that.
 */
export function resetProjection({ kysely }: Database, name: ProjectionName): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    await lockOne(transaction, name);
    await startOver(transaction, projectionNamed(name));
  });
}

async function lockOne(transaction: Kysely<Tables>, name: ProjectionName): Promise<Checkpoint> {
  const [checkpoint] = await lockLiveCheckpoints(transaction, [name]);
  if (checkpoint === undefined)
    throw new OperationRefused(`${name} is not installed: start the service once`);
  return checkpoint;
}
