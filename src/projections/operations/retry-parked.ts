import { type Kysely, sql, type Transaction } from 'kysely';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { Database } from '../../postgres/database.js';
import type { ProjectionName, Tables } from '../../postgres/tables.js';
import { lockLiveCheckpoints } from '../apply/checkpoints.js';
import { effectsOf } from '../apply/ledger/effects.js';
import { confirmLedger, loadLedger } from '../apply/ledger/ledger.js';
import { eventKey, loadExceptions } from '../apply/park.js';
import { applyAround, type PoisonEvent } from '../apply/poison.js';
import { change } from '../apply/reset-tables.js';
import { projectionNamed } from '../models/index.js';

/** A concert whose events a projection holds back. */
export interface Parked {
  readonly projection: ProjectionName;
  readonly concertId: string;
  /** The poison event. */
  readonly eventId: string;
  readonly eventType: string;
  readonly revision: bigint;
  readonly problem: string;
  /** Events held back, that one included. */
  readonly events: bigint;
  readonly parkedAt: Date;
}

export type RetryResult =
  /** The concert is no longer parked. `taken`: events applied. */
  | { readonly kind: 'released'; readonly taken: number }
  /** This event is in the way now; it may be the same as before. */
  | {
      readonly kind: 'still-parked';
      readonly taken: number;
      readonly revision: bigint;
      readonly problem: string;
    }
  | { readonly kind: 'not-parked' }
  /** The log has no such event at the parked revision: it is not the log that was projected, or is incomplete. */
  | { readonly kind: 'not-in-log'; readonly taken: number; readonly revision: bigint };

export type Store = Pick<EventStore, 'read'>;

type ParkedRow = NonNullable<Awaited<ReturnType<typeof findParked>>>;

/** Events applied in one transaction; the live runner waits for each. */
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

/**
 * Applies the parked event and those after it. To be called when the cause is mended, say after an upgrade.
 * @throws {EventStoreUnavailable}; the pages applied until then stay applied, and the same call continues from there
 */
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
    const events = await readWaiting(store, row);
    if (events[0]?.revision !== row.revision) {
      return { kind: 'not-in-log', taken, revision: row.revision };
    }
    const outcome = await kysely.transaction().execute(async (transaction) => {
      await lockLiveCheckpoints(transaction, [name]);
      // Another process may have applied or skipped the event since it was read.
      const now = await findParked(transaction, name, concertId);
      return now?.revision === row.revision ? takePage(transaction, name, events) : nothingTaken;
    });
    taken += outcome.taken;
    if (outcome.poison !== null) {
      const { event, message: problem } = outcome.poison;
      return { kind: 'still-parked', taken, revision: event.revision, problem };
    }
  }
}

/** A page of the held-back events, the parked one first. Fewer, or others, if the log is not the one that was projected. */
export async function readWaiting(store: Store, row: ParkedRow): Promise<readonly RecordedEvent[]> {
  const waiting = row.last_revision - row.revision + 1n;
  const count = waiting < pageSize ? Number(waiting) : pageSize;
  const events: RecordedEvent[] = [];
  for await (const page of store.read(row.concert_id, row.revision, count)) events.push(...page);
  return events;
}

interface Taken {
  readonly taken: number;
  /** The event that is in the way now. */
  readonly poison: PoisonEvent | null;
}

const nothingTaken: Taken = { taken: 0, poison: null };

/** Applies a page of held-back events except skipped ones. To be called with the checkpoint locked. */
export async function takePage(
  transaction: Transaction<Tables>,
  name: ProjectionName,
  events: readonly RecordedEvent[],
): Promise<Taken> {
  const last = events.at(-1);
  if (last === undefined) return nothingTaken;
  const { skipped } = (await loadExceptions(transaction))(name);
  const wanted = events.filter((event) => !skipped.has(eventKey(event)));
  const ledger = await loadLedger(transaction);
  await confirmLedger(transaction, ledger, null, events);
  const effectOf = await effectsOf(transaction, ledger, events);
  const poisons: PoisonEvent[] = [];
  await applyAround(transaction, projectionNamed(name), wanted, effectOf, async (found) => {
    poisons.push(found);
    return () => true;
  });
  const [poison] = poisons;
  if (poison === undefined) {
    await release(transaction, name, last.concertId, last.revision);
    return { taken: wanted.length, poison: null };
  }
  const { event, problem } = poison;
  await transaction
    .updateTable('parked')
    .set({ revision: event.revision, event_id: event.id, event_type: event.type, problem })
    .where('projection', '=', name)
    .where('concert_id', '=', event.concertId)
    .execute();
  return { taken: wanted.indexOf(event), poison };
}

export const findParked = (kysely: Kysely<Tables>, name: ProjectionName, concertId: string) =>
  kysely
    .selectFrom('parked')
    .selectAll()
    .where('projection', '=', name)
    .where('concert_id', '=', concertId)
    .executeTakeFirst();

/** Releases events up to `revision`; when none is held back any more, the runner applies the concert's events again. */
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
