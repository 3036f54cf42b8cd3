import { sql } from 'kysely';
import { type Database, ping } from '../../postgres/database.js';
import type { ProjectionName } from '../../postgres/tables.js';
import { BatchThrottle } from '../apply/batch-throttle.js';
import { decodeCursor, keyPart, type Page, type PageRequest, toPage } from './cursor.js';
import { HoldQueries } from './hold-queries.js';
import {
  type ConcertView,
  type PurchaseView,
  type SecondView,
  type TicketView,
  toConcertView,
  toPurchaseView,
  toSecondView,
  toTicketView,
} from './views.js';
import { RevisionWaits } from './wait-for-revision.js';

const { time, integer, id } = keyPart;

/**
 * The read side. Everything rejects when Postgres does not answer; lists throw InvalidCursor for a cursor that is not
 * theirs. Cursors are keys, not offsets: a page neither skips nor repeats an item while sales go on.
 */
export class ReadModels {
  readonly #waits: RevisionWaits;
  readonly #rows: Database['kysely'];
  /** Holds and waiting lists. */
  readonly holds: HoldQueries;

  /**
   * @param onError called when waiting for a revision cannot ask Postgres; the wait itself goes on
   * @param pace throttle shared with the runner of this process: a waiting reader flushes it
   */
  constructor(
    private readonly database: Database,
    onError: (error: unknown) => void,
    pace = new BatchThrottle(),
  ) {
    this.#rows = database.kysely;
    this.holds = new HoldQueries(database);
    this.#waits = new RevisionWaits(database, onError, pace);
  }

  /** Whether Postgres answers. Rejects when it does not. */
  ping(): Promise<void> {
    return ping(this.database);
  }

  /**
   * Whether a read model has applied a concert's events up to `revision`, after waiting up to `waitMs` milliseconds. False, not
   * an error, while Postgres is unreachable.
   */
  waitFor(
    concertId: string,
    revision: bigint,
    waitMs: number,
    model: ProjectionName = 'concerts',
  ): Promise<boolean> {
    return this.#waits.reached(model, concertId, revision, waitMs);
  }

  /** Answers every wait for a revision with false, now and from now on. To be called before a stop. */
  stopWaiting(): void {
    this.#waits.stop();
  }

  /** Concerts in the order in which they were scheduled. */
  async listConcerts({ limit, cursor }: PageRequest): Promise<Page<ConcertView>> {
    let query = this.#rows.selectFrom('concerts').selectAll().orderBy('scheduled_at').orderBy('concert_id');
    if (cursor !== null) {
      const [scheduledAt, concertId] = decodeCursor(cursor, [time, id]);
      query = query.where(
        sql<boolean>`(scheduled_at, concert_id) > (${scheduledAt}::timestamptz, ${concertId})`,
      );
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(found, limit, (row) => [row.scheduled_at.toISOString(), row.concert_id], toConcertView);
  }

  async concert(concertId: string): Promise<ConcertView | null> {
    const row = await this.#rows
      .selectFrom('concerts')
      .selectAll()
      .where('concert_id', '=', concertId)
      .executeTakeFirst();
    return row === undefined ? null : toConcertView(row);
  }

  /** Those of these concerts that the read model knows, in no particular order. */
  async concerts(concertIds: readonly string[]): Promise<readonly ConcertView[]> {
    const found = await this.#rows
      .selectFrom('concerts')
      .selectAll()
      .where(sql<boolean>`concert_id = any(${concertIds})`)
      .execute();
    return found.map(toConcertView);
  }

  /** Tickets in the order in which they were sold, released ones included. */
  async tickets(concertId: string, { limit, cursor }: PageRequest): Promise<Page<TicketView>> {
    let query = this.#rows
      .selectFrom('tickets')
      .selectAll()
      .where('concert_id', '=', concertId)
      .orderBy('revision');
    if (cursor !== null) {
      const [revision] = decodeCursor(cursor, [integer]);
      query = query.where(sql<boolean>`revision > ${revision}::bigint`);
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(found, limit, (row) => [`${row.revision}`], toTicketView);
  }

  async purchase(concertId: string, purchaseId: string): Promise<PurchaseView | null> {
    const row = await this.#rows
      .selectFrom('purchases')
      .selectAll()
      .where('concert_id', '=', concertId)
      .where('purchase_id', '=', purchaseId)
      .executeTakeFirst();
    return row === undefined ? null : toPurchaseView(row);
  }

  /** A customer's purchases at all concerts, oldest first. */
  async purchasesOf(customerId: string, { limit, cursor }: PageRequest): Promise<Page<PurchaseView>> {
    let query = this.#rows
      .selectFrom('purchases')
      .selectAll()
      .where('customer_id', '=', customerId)
      .orderBy('purchased_at')
      .orderBy('concert_id')
      .orderBy('purchase_id');
    if (cursor !== null) {
      const [purchasedAt, concertId, purchaseId] = decodeCursor(cursor, [time, id, id]);
      query = query.where(
        sql<boolean>`(purchased_at, concert_id, purchase_id)
          > (${purchasedAt}::timestamptz, ${concertId}, ${purchaseId})`,
      );
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(
      found,
      limit,
      (row) => [row.purchased_at.toISOString(), row.concert_id, row.purchase_id],
      toPurchaseView,
    );
  }

  /** Tickets sold and released in each second in which there were any, in order of time. */
  async salesPerSecond(concertId: string, { limit, cursor }: PageRequest): Promise<Page<SecondView>> {
    let query = this.#rows
      .selectFrom('sales_per_second')
      .selectAll()
      .where('concert_id', '=', concertId)
      .orderBy('second');
    if (cursor !== null) {
      const [second] = decodeCursor(cursor, [time]);
      query = query.where(sql<boolean>`second > ${second}::timestamptz`);
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(found, limit, (row) => [row.second.toISOString()], toSecondView);
  }
}
