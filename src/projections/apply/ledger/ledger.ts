import { type Kysely, type RawBuilder, sql } from 'kysely';
import { comparePositions, type Position, type RecordedEvent } from '../../../domain/log/recorded-event.js';
import { rows } from '../../../postgres/rows.js';
import type { Tables } from '../../../postgres/tables.js';
import { expiredHolds } from '../../models/expired-holds.js';
import { CheckpointMoved, type LastEvent } from '../checkpoints.js';
import type { LogCheck } from '../log-check.js';
import { expiryOf, isExpiry, ledgerColumns, ledgerRows } from './ledger-rows.js';

/**
 * The ledger has a row for each event that changes the tickets of a purchase or hold, indexed by its id: what a cancellation
 * releases, or the end of a hold gives back, follows from the rows with its id (see effects.ts). All read models share it, and each
 * of them may be paused, parked or rebuilt, so the ledger has a position of its own and holds every event up to there. Its rows
 * never depend on each other: a process that passes a part of the log again replaces exactly the rows of that part.
 */
export interface Ledger {
  /** The ledger holds the rows of every event up to here; null before the first event. */
  readonly position: Position | null;
  readonly logId: string | null;
  readonly lastEvent: LastEvent | null;
  /** Raised whenever the ledger is emptied. */
  readonly epoch: bigint;
}

/** A part of the log without gaps. */
export interface LogPart {
  readonly logId: string;
  /** Null for the start of the log. */
  readonly after: Position | null;
  readonly to: Position;
  /** All events between the two positions. */
  readonly events: readonly RecordedEvent[];
}

export async function loadLedger(database: Kysely<Tables>): Promise<Ledger> {
  return toLedger(await select(database).executeTakeFirstOrThrow());
}

/**
 * Applies a part of the log to the ledger. New rows are added; rows that the ledger already has for the part are compared, and
 * replaced where they differ.
 * @returns the ledger afterwards, at `to` or further
 * @throws {CheckpointMoved} when it does not reach up to the part, or is of another log; the transaction must be rolled back
 */
export async function takeIntoLedger(transaction: Kysely<Tables>, part: LogPart): Promise<Ledger> {
  const found = await loadLedger(transaction);
  if (reaches(found, part.to)) {
    await confirmLedger(transaction, found, part.logId, part.events);
    return found;
  }
  const ledger = await lock(transaction);
  refuseOther(ledger, part.logId);
  if (part.after !== null && !reaches(ledger, part.after)) {
    throw new CheckpointMoved('the ledger does not reach up to the events to apply');
  }
  await insert(transaction, part.events);
  return reaches(ledger, part.to) ? ledger : await move(transaction, ledger, part);
}

/**
 * Ensures that the ledger has exactly the rows of some events that it has passed, without gaps in each concert. Rows can be
 * missing where an event was unreadable at the time.
 * @throws {CheckpointMoved} when it has not passed them, is of another log, or was emptied meanwhile; the transaction must be
 * rolled back
 */
export async function confirmLedger(
  transaction: Kysely<Tables>,
  ledger: Ledger,
  logId: string | null,
  events: readonly RecordedEvent[],
): Promise<void> {
  if (logId !== null) refuseOther(ledger, logId);
  const last = events.at(-1)?.position ?? null;
  if (last !== null && !reaches(ledger, last)) {
    throw new CheckpointMoved('the ledger is being filled and has not reached these events: try again later');
  }
  if (events.length === 0 || (await isThere(transaction, events))) return;
  const { epoch } = await lock(transaction);
  if (epoch !== ledger.epoch) throw new CheckpointMoved('the ledger was emptied');
  await sql`
    delete from ledger l using ${rows('d', rangeColumns, rangesOf(events))}
    where l.concert_id = d.concert_id and l.revision between d.first and d.last`.execute(transaction);
  await insert(transaction, events);
}

export interface LedgerStore {
  ledger(): Promise<Ledger>;
  /** Empties the ledger, unless that was done since this epoch. */
  emptyLedger(epoch: bigint): Promise<void>;
}

export const ledgerIn = (database: Kysely<Tables>): LedgerStore => ({
  ledger: () => loadLedger(database),
  emptyLedger: (epoch) => emptyLedger(database, epoch),
});

/** Empties a ledger that cannot have been built from the log at hand. @throws {EventStoreUnavailable} */
export async function resetForeignLedger(store: LedgerStore, log: LogCheck): Promise<void> {
  const ledger = await store.ledger();
  if ((await log.whyForeign(ledger)) !== null) await store.emptyLedger(ledger.epoch);
}

async function emptyLedger(database: Kysely<Tables>, epoch: bigint): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    if ((await lock(transaction)).epoch !== epoch) return;
    await transaction.deleteFrom('ledger').execute();
    await sql`
      update ledger_position set commit_position = null, prepare_position = null, log_id = null, event_id = null,
        event_concert_id = null, event_revision = null, epoch = epoch + 1`.execute(transaction);
  });
}

const reaches = ({ position }: Ledger, other: Position): boolean =>
  position !== null && comparePositions(position, other) >= 0;

function refuseOther(ledger: Ledger, logId: string): void {
  if (ledger.logId !== null && ledger.logId !== logId) {
    throw new CheckpointMoved(`the ledger is of another log, ${ledger.logId}`);
  }
}

const select = (database: Kysely<Tables>) => database.selectFrom('ledger_position').selectAll();

/** Locks the ledger against other writers until the transaction ends. */
const lock = async (transaction: Kysely<Tables>): Promise<Ledger> =>
  toLedger(await select(transaction).forUpdate().executeTakeFirstOrThrow());

function toLedger(row: Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>): Ledger {
  const { commit_position: commit, prepare_position: prepare, log_id: logId, epoch } = row;
  const { event_id: id, event_concert_id: concertId, event_revision: revision } = row;
  return {
    position:
      commit === null || prepare === null ? null : { commit: BigInt(commit), prepare: BigInt(prepare) },
    logId,
    lastEvent: id === null || concertId === null || revision === null ? null : { id, concertId, revision },
    epoch,
  };
}

async function move(transaction: Kysely<Tables>, ledger: Ledger, part: LogPart): Promise<Ledger> {
  const { logId, to } = part;
  const lastEvent = part.events.at(-1) ?? ledger.lastEvent;
  await transaction
    .updateTable('ledger_position')
    .set({
      commit_position: `${to.commit}`,
      prepare_position: `${to.prepare}`,
      log_id: logId,
      event_id: lastEvent?.id ?? null,
      event_concert_id: lastEvent?.concertId ?? null,
      event_revision: lastEvent?.revision ?? null,
    })
    .execute();
  return { ...ledger, position: to, logId, lastEvent };
}

async function insert(transaction: Kysely<Tables>, events: readonly RecordedEvent[]): Promise<void> {
  const added = events.flatMap((event) => (isExpiry(event) ? [] : ledgerRows(event)));
  if (added.length > 0) {
    await put(
      transaction,
      sql`
        select concert_id, revision, place, purchase_id, kind, ticket_number, quantity, vip_seats
        from ${rows('d', ledgerColumns, added)}`,
    );
  }
  const expiries = events.flatMap(expiryOf);
  if (expiries.length === 0) return;
  await put(
    transaction,
    sql`
      select concert_id, revision, place, hold_id, 'hold-ended', null::integer, null::integer, null::integer
      from ${expiredHolds('d', expiries)}`,
  );
}

async function put(transaction: Kysely<Tables>, added: RawBuilder<unknown>): Promise<void> {
  await sql`
    insert into ledger (concert_id, revision, place, purchase_id, kind, ticket_number, quantity, vip_seats)
    ${added}
    on conflict (concert_id, revision, place) do update set
      purchase_id = excluded.purchase_id, kind = excluded.kind, ticket_number = excluded.ticket_number,
      quantity = excluded.quantity, vip_seats = excluded.vip_seats
  `.execute(transaction);
}

async function isThere(transaction: Kysely<Tables>, events: readonly RecordedEvent[]): Promise<boolean> {
  const expected = new Map<string, string[]>();
  for (const row of events.flatMap(ledgerRows)) {
    const { revision, place, kind, ticket_number: number, quantity, vip_seats: seats } = row;
    const texts = expected.get(row.concert_id) ?? [];
    texts.push(
      `${revision} ${place} ${kind} ${number ?? 0} ${quantity ?? 0} ${seats ?? 0} ${row.purchase_id}`,
    );
    expected.set(row.concert_id, texts);
  }
  const { rows: found } = await sql<{ concert_id: string; text: string | null }>`
    select d.concert_id, (
      select string_agg(
        concat_ws(' ', l.revision, l.place, l.kind, coalesce(l.ticket_number, 0), coalesce(l.quantity, 0),
          coalesce(l.vip_seats, 0), l.purchase_id), e'\\n' order by l.revision, l.place)
      from ledger l where l.concert_id = d.concert_id and l.revision between d.first and d.last
    ) as text
    from ${rows('d', rangeColumns, rangesOf(events))}`.execute(transaction);
  return found.every(({ concert_id, text }) => (expected.get(concert_id)?.join('\n') ?? null) === text);
}

const rangeColumns = 'concert_id text, first bigint, last bigint';

/** The range of events of each concert, first to last. */
function rangesOf(events: readonly RecordedEvent[]) {
  const ranges = new Map<string, { concert_id: string; first: string; last: string }>();
  for (const { concertId: concert_id, revision } of events) {
    const range = ranges.get(concert_id) ?? { concert_id, first: `${revision}`, last: '' };
    range.last = `${revision}`;
    ranges.set(concert_id, range);
  }
  return ranges.values();
}
