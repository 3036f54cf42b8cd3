import { type Finding, notApplicable, Tally, unchecked } from '../../domain/audit/findings.js';
import { type Concert, compacted, emptyConcert, evolve, type Purchase } from '../../domain/concert.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import {
  SNAPSHOT_SHAPE,
  type SnapshotHead,
  SnapshotUnreadable,
} from '../../domain/state/snapshot/snapshot.js';
import { holdRow } from '../../domain/state/snapshot/snapshot-rows.js';
import type { SnapshotTables } from '../../snapshots/snapshot-tables.js';
import { messageOf } from '../../waiting/message-of.js';

type Tables = Pick<SnapshotTables, 'head' | 'load'>;

/** Tries on a Postgres that does not answer, or on a snapshot that is replaced while it is read. */
const mostLooks = 3;

/** Compares a concert's snapshot with the fold of the log up to the snapshot's revision. */
export class SnapshotCheck {
  #fold: Concert;
  #eventId: string | null = null;

  /** Null when there is no snapshot; a finding when it cannot be read. */
  static async of(tables: Tables, concertId: string): Promise<SnapshotCheck | Finding | null> {
    let problem = '';
    for (let look = 0; look < mostLooks; look++) {
      try {
        const head = await tables.head(concertId);
        if (head === null) return null;
        if (head.shape !== SNAPSHOT_SHAPE) return new SnapshotCheck(head, null);
        const stored = await loadOrSay(tables, head);
        if (stored !== null) return new SnapshotCheck(head, stored);
        problem = 'the snapshot was replaced each time it was read';
      } catch (error) {
        problem = messageOf(error);
      }
    }
    return unchecked('snapshot', problem);
  }

  private constructor(
    private readonly head: SnapshotHead,
    /** Null for a snapshot of another version; a text, the reason, for one that cannot be read. */
    private readonly stored: Concert | string | null,
  ) {
    this.#fold = emptyConcert(head.concertId);
  }

  /** Takes every event of the concert, in order; events after the snapshot's revision are ignored. */
  add(eventId: string, event: ConcertEvent): void {
    if (this.#fold.revision >= this.head.revision) return;
    this.#fold = compacted(evolve(this.#fold, event));
    this.#eventId = eventId;
  }

  finding(): Finding {
    const { stored, head } = this;
    if (stored === null)
      return notApplicable('snapshot', `the snapshot is of another version: ${head.shape}`);
    const tally = new Tally();
    if (typeof stored === 'string') tally.add(stored);
    else if (this.#fold.revision !== head.revision) {
      tally.add(`the snapshot is of revision ${head.revision}, the log ends at ${this.#fold.revision}`);
    } else if (this.#eventId !== head.eventId) {
      tally.add(`the log has event ${this.#eventId} at revision ${head.revision}, not ${head.eventId}`);
    } else compare(stored, this.#fold, tally);
    return tally.finding('snapshot', `revision ${head.revision}, ${this.#fold.purchases.size} purchases`);
  }
}

async function loadOrSay(tables: Tables, head: SnapshotHead): Promise<Concert | string | null> {
  try {
    return await tables.load(head);
  } catch (error) {
    if (error instanceof SnapshotUnreadable) return `the snapshot cannot be read: ${error.message}`;
    throw error;
  }
}

function compare(stored: Concert, fold: Concert, tally: Tally): void {
  const { purchases, holds, holdings, ...terms } = stored;
  const { purchases: _, holds: __, holdings: ___, ...expected } = fold;
  for (const [field, value] of Object.entries(expected)) {
    const found = Object.entries(terms).find(([each]) => each === field)?.[1];
    if (text(found) !== text(value)) tally.add(`${field} is ${text(found)}, by the log ${text(value)}`);
  }
  for (const purchase of fold.purchases.values()) {
    const [found, right] = [told(purchases.get(purchase.purchaseId)), told(purchase)];
    if (found !== right) tally.add(`a purchase is ${found}, by the log ${right}`);
  }
  compareHolds(holds.all, fold.holds.all, tally);
  for (const [customerId, tickets] of fold.holdings) {
    const found = holdings.get(customerId) ?? 0;
    if (found !== tickets) tally.add(`${customerId} holds ${found} tickets, by the log ${tickets}`);
  }
  for (const purchaseId of purchases.keys()) {
    if (!fold.purchases.has(purchaseId)) tally.add(`purchase ${purchaseId} is not in the log`);
  }
  for (const customerId of holdings.keys()) {
    if (!fold.holdings.has(customerId)) tally.add(`by the log ${customerId} holds no tickets`);
  }
}

/** The rest of the holds (what is held, and by when) is made from these, not saved. */
function compareHolds(stored: Concert['holds']['all'], fold: Concert['holds']['all'], tally: Tally): void {
  for (const hold of fold.values()) {
    const [found, right] = [stored.get(hold.holdId), hold].map((each) => each && holdRow(each).join());
    if (found !== right) tally.add(`a hold is ${found ?? 'missing'}, by the log ${right}`);
  }
  for (const holdId of stored.keys()) {
    if (!fold.has(holdId)) tally.add(`hold ${holdId} is not in the log`);
  }
}

const text = (value: unknown): string => (typeof value === 'bigint' ? `${value}` : JSON.stringify(value));

function told(purchase: Purchase | undefined): string {
  if (purchase === undefined) return 'missing';
  const { purchaseId, customerId, idempotencyKey, tickets, reference, status, revision, lastRevision } =
    purchase;
  const numbers = tickets.map(({ number, seat }) => (seat === null ? `${number}` : `${number} ${seat}`));
  return `${purchaseId} (${customerId}, key ${idempotencyKey}, ${numbers.join(' + ')}, ${reference === undefined ? '' : `reference ${reference}, `}${status}, revision ${revision}, last ${lastRevision})`;
}
