import { type Kysely, sql } from 'kysely';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import { rows } from '../../postgres/rows.js';
import type { ProjectionName, Slot, Tables } from '../../postgres/tables.js';
import type { PoisonEvent } from './poison.js';

/** The events that a projection leaves out: whole concerts for now, single events for good. */
export interface Exceptions {
  /** Concerts whose events are held back. */
  readonly parked: ReadonlySet<string>;
  /** Keys of skipped events: see `eventKey`. */
  readonly skipped: ReadonlySet<string>;
}

export const eventKey = ({ concertId, revision }: { concertId: string; revision: bigint }): string =>
  `${concertId}@${revision}`;

/** The exceptions of a slot's tables: a build applies events whose skips were undone, live tables still lack them. */
export async function loadExceptions(
  database: Kysely<Tables>,
  slot: Slot = 'live',
): Promise<(projection: ProjectionName) => Exceptions> {
  const parked = await database.selectFrom('parked').select(['projection', 'concert_id']).execute();
  const skipped = await database
    .selectFrom('skipped')
    .select(['projection', 'concert_id as concertId', 'revision'])
    .$if(slot === 'build', (query) => query.where('undone_at', 'is', null))
    .execute();
  return (projection) => ({
    parked: new Set(parked.filter((row) => row.projection === projection).map((row) => row.concert_id)),
    skipped: new Set(skipped.filter((row) => row.projection === projection).map(eventKey)),
  });
}

/** Parks a concert: from this event on, its events are held back. */
export async function park(transaction: Kysely<Tables>, poison: PoisonEvent): Promise<void> {
  const { id, concertId, revision, type } = poison.event;
  await transaction
    .insertInto('parked')
    .values({
      projection: poison.projection,
      concert_id: concertId,
      revision,
      last_revision: revision,
      event_id: id,
      event_type: type,
      problem: poison.problem,
    })
    .execute();
}

/** Records that these events of parked concerts were passed. They stay in the log; only their last revision is noted. */
export async function noteWaiting(
  transaction: Kysely<Tables>,
  projection: ProjectionName,
  events: readonly RecordedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const last = new Map(events.map(({ concertId, revision }) => [concertId, revision]));
  const noted = [...last].map(([concert_id, revision]) => ({ concert_id, revision: `${revision}` }));
  await sql`
    update parked p set last_revision = d.revision
    from ${rows('d', 'concert_id text, revision bigint', noted)}
    where p.projection = ${projection} and p.concert_id = d.concert_id`.execute(transaction);
}

/** To be called in the transaction that swaps in tables that were built with the undone events. */
export async function forgetUndoneSkips(transaction: Kysely<Tables>, name: ProjectionName): Promise<void> {
  await transaction
    .deleteFrom('skipped')
    .where('projection', '=', name)
    .where('undone_at', 'is not', null)
    .execute();
}
