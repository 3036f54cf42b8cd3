import { sql } from 'kysely';
import type { Database } from '../../postgres/database.js';
import { decodeCursor, keyPart, type Page, type PageRequest, toPage } from './cursor.js';
import { type HoldView, toHoldView, toWaitingView, type WaitingView } from './hold-views.js';

const { time, integer, id } = keyPart;

/** The queries for holds and waiting lists; everything rejects as in `ReadModels`. */
export class HoldQueries {
  readonly #rows: Database['kysely'];

  constructor({ kysely }: Database) {
    this.#rows = kysely;
  }

  async hold(concertId: string, holdId: string): Promise<HoldView | null> {
    const row = await this.#rows
      .selectFrom('holds')
      .selectAll()
      .where('concert_id', '=', concertId)
      .where('hold_id', '=', holdId)
      .executeTakeFirst();
    return row === undefined ? null : toHoldView(row);
  }

  /** The open holds of a concert, the first to expire first. */
  async open(concertId: string, { limit, cursor }: PageRequest): Promise<Page<HoldView>> {
    let query = this.#rows
      .selectFrom('holds')
      .selectAll()
      .where('concert_id', '=', concertId)
      .where('status', '=', 'open')
      .orderBy('expires_at')
      .orderBy('hold_id');
    if (cursor !== null) {
      const [expiresAt, holdId] = decodeCursor(cursor, [time, id]);
      query = query.where(sql<boolean>`(expires_at, hold_id) > (${expiresAt}::timestamptz, ${holdId})`);
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(found, limit, (row) => [row.expires_at.toISOString(), row.hold_id], toHoldView);
  }

  /** Up to `most` concerts with open holds that expired before this time. */
  async overdueConcerts(expiredBefore: Date, most: number): Promise<string[]> {
    const found = await this.#rows
      .selectFrom('holds')
      .select('concert_id')
      .distinct()
      .where('status', '=', 'open')
      .where('expires_at', '<', expiredBefore)
      .limit(most)
      .execute();
    return found.map(({ concert_id }) => concert_id);
  }

  /** A customer's holds at all concerts, oldest first. */
  async ofCustomer(customerId: string, { limit, cursor }: PageRequest): Promise<Page<HoldView>> {
    let query = this.#rows
      .selectFrom('holds')
      .selectAll()
      .where('customer_id', '=', customerId)
      .orderBy('held_at')
      .orderBy('concert_id')
      .orderBy('hold_id');
    if (cursor !== null) {
      const [heldAt, concertId, holdId] = decodeCursor(cursor, [time, id, id]);
      query = query.where(
        sql<boolean>`(held_at, concert_id, hold_id) > (${heldAt}::timestamptz, ${concertId}, ${holdId})`,
      );
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(
      found,
      limit,
      (row) => [row.held_at.toISOString(), row.concert_id, row.hold_id],
      toHoldView,
    );
  }

  /** A place in a waiting list, also one that is over. */
  async place(concertId: string, holdId: string): Promise<WaitingView | null> {
    const row = await this.#rows
      .selectFrom('waiting_list')
      .selectAll()
      .where('concert_id', '=', concertId)
      .where('hold_id', '=', holdId)
      .executeTakeFirst();
    return row === undefined ? null : toWaitingView(row);
  }

  /** The customers who wait, in the order in which they joined. */
  async waiting(concertId: string, { limit, cursor }: PageRequest): Promise<Page<WaitingView>> {
    let query = this.#rows
      .selectFrom('waiting_list')
      .selectAll()
      .where('concert_id', '=', concertId)
      .where('status', '=', 'waiting')
      .orderBy('joined_revision');
    if (cursor !== null) {
      const [revision] = decodeCursor(cursor, [integer]);
      query = query.where(sql<boolean>`joined_revision > ${revision}::bigint`);
    }
    const found = await query.limit(limit + 1).execute();
    return toPage(found, limit, (row) => [`${row.joined_revision}`], toWaitingView);
  }
}
