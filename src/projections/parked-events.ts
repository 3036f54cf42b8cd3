import { type Kysely, sql } from 'kysely';
import type { EventStore } from '../event-store/event-store.js';
import type { RecordedEvent } from '../event-store/recorded-event.js';
import { lockLiveCheckpoints } from './checkpoints.js';
import type { Database } from './database.js';
import { projectionNamed } from './models/index.js';
import { change } from './operations.js';
import { eventKey, loadExceptions } from './parking.js';
import { applyAround, type PoisonEvent } from './poison.js';
import type { ProjectionName } from './projection.js';
import type { Tables } from './tables.js';

/** A concert whose events a projection holds back. */
export interface Parked {
  readonly projection: ProjectionName;
  readonly concertId: string;
  /** The event that could not be taken. */
  readonly eventId: string;
  readonly eventType: string;
  readonly revision: bigint;
  readonly problem: string;
  /** Events held back, that one included. */
  readonly events: bigint;
  readonly parkedAt: Date;
}

export type RetryResult =
  /** Nothing of the concert waits any more. `taken`: events caught up on. */
  | { readonly kind: 'released'; readonly taken: number }
  /** Now this event is in the way; it may be the same as before. */
  | { readonly kind: 'still-parked'; readonly taken: number; readonly problem: string }
  | { readonly kind: 'not-parked' };

type Store = Pick<EventStore, 'read'>;

/** Events caught up on in one transaction; the live runner waits for each. */
const pageSize = 1_000;

export async function listParked({ kysely }: Database): Promise<readonly Parked[]> {
  const all = await kysely.selectFrom('parked').selectAll().orderBy('parked_at').execute();
  return all.map((row) => ({
    projection: row.projection,
    concertId: row.concert_id,
    eventId: row.event_id,
    eventType: row.event_type,
    revision: row.revision,
    problem: row.problem,
    events: row.last_revision - row.revision + 1n,
    parkedAt: row.parked_at,
  }));
}

/** Takes the parked event again, and those behind it. To be called when the reason is gone, say after an upgrade. */
export async function retryParked(
  { kysely }: Database,
  store: Store,
  name: ProjectionName,
  concertId: string,
): Promise<RetryResult> {
  let taken = 0;
  for (;;) {
    const row = await findParked(kysely, name, concertId);
    if (row === undefined) return taken === 0 ? { kind: 'not-parked' } : { kind: 'released', taken };
    const events: RecordedEvent[] = [];
    const waiting = row.last_revision - row.revision + 1n;
    const count = waiting < pageSize ? Number(waiting) : pageSize;
    for await (const page of store.read(concertId, row.revision, count)) events.push(...page);
    const outcome = await takePage(kysely, name, concertId, events);
    taken += outcome.taken;
    if (outcome.poison !== null) {
      return { kind: 'still-parked', taken, problem: outcome.poison.message };
    }
  }
}

/** Does without the parked event for good, also in rebuilds, and takes those behind it. */
export async function skipParked(
  database: Database,
  store: Store,
  name: ProjectionName,
  concertId: string,
): Promise<RetryResult> {
  const skipped = await database.kysely.transaction().execute(async (transaction) => {
    await lockLiveCheckpoints(transaction, [name]);
    const row = await findParked(transaction, name, concertId);
    if (row === undefined) return false;
    const { projection, concert_id, revision, event_id, problem } = row;
    await transaction
      .insertInto('skipped')
      .values({ projection, concert_id, revision, event_id, problem })
      .execute();
    await release(transaction, name, concertId, revision);
    return true;
  });
  if (!skipped) return { kind: 'not-parked' };
  const result = await retryParked(database, store, name, concertId);
  return result.kind === 'not-parked' ? { kind: 'released', taken: 0 } : result;
}

/** Takes a page of waiting events, unless somebody else has taken them meanwhile. */
async function takePage(
  kysely: Kysely<Tables>,
  name: ProjectionName,
  concertId: string,
  events: readonly RecordedEvent[],
): Promise<{ readonly taken: number; readonly poison: PoisonEvent | null }> {
  return kysely.transaction().execute(async (transaction) => {
    await lockLiveCheckpoints(transaction, [name]);
    const row = await findParked(transaction, name, concertId);
    const last = events.at(-1);
    if (row === undefined || last === undefined || events[0]?.revision !== row.revision) {
      return { taken: 0, poison: null };
    }
    const { skipped } = (await loadExceptions(transaction))(name);
    const wanted = events.filter((event) => !skipped.has(eventKey(event)));
    let poison: PoisonEvent | null = null;
    await applyAround(transaction, projectionNamed(name), wanted, async (found) => {
      poison = found;
      return () => true;
    });
    if (poison === null) {
      await release(transaction, name, concertId, last.revision);
      return { taken: wanted.length, poison };
    }
    const { event, problem } = poison as PoisonEvent;
    await transaction
      .updateTable('parked')
      .set({ revision: event.revision, event_id: event.id, event_type: event.type, problem })
      .where('projection', '=', name)
      .where('concert_id', '=', concertId)
      .execute();
    return { taken: wanted.indexOf(event), poison };
  });
}

const findParked = (kysely: Kysely<Tables>, name: ProjectionName, concertId: string) =>
  kysely
    .selectFrom('parked')
    .selectAll()
    .where('projection', '=', name)
    .where('concert_id', '=', concertId)
    .executeTakeFirst();

/** Events up to `revision` wait no more; when none is left, the runner takes the concert's events again. */
async function release(
  transaction: Kysely<Tables>,
  name: ProjectionName,
  concertId: string,
  revision: bigint,
): Promise<void> {
  await transaction
    .updateTable('parked')
    .set({ revision: revision + 1n })
    .where('projection', '=', name)
    .where('concert_id', '=', concertId)
    .execute();
  const { numDeletedRows } = await transaction
    .deleteFrom('parked')
    .where('projection', '=', name)
    .where('concert_id', '=', concertId)
    .where(sql<boolean>`revision > last_revision`)
    .executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) await change(transaction, name, {});
}
