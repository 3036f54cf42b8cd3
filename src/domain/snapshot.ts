import { Map as PersistentMap } from 'immutable';
import type { Concert, Purchase, Ticket } from './concert.js';
import { purchaseModes } from './purchase-mode.js';
import { SCHEMA_VERSION } from './upcast.js';

/** Raise it with every change of the layout below, and of what `evolve` makes of events. */
const LAYOUT = 1;

/** What a snapshot must say of itself to be read by this version. */
export const SNAPSHOT_SHAPE = `${LAYOUT}/${SCHEMA_VERSION}`;

/** What a snapshot says of itself: the state after the event `eventId`, which its log has at `revision`. */
export interface SnapshotHead {
  readonly concertId: string;
  readonly revision: bigint;
  readonly eventId: string;
  readonly shape: string;
}

/** A snapshot is not of the log at hand, or holds something else than its shape says. */
export class SnapshotUnreadable extends Error {
  override readonly name = 'SnapshotUnreadable';
}

/** Purchases or holdings per part: a few milliseconds to write or read. */
const rowsPerPart = 1_000;

/**
 * A state as texts, to be restored in the same order. The first holds all but the purchases and holdings, which follow a
 * thousand at a time. Written as they are asked for, so that whoever asks can do other things in between; the state does not
 * change meanwhile.
 * @throws {RangeError} for revisions beyond 2^53
 */
export function* snapshotParts(concert: Concert): Generator<string> {
  const { purchases, held, revision, ...terms } = concert;
  yield JSON.stringify([terms, safe(revision), purchases.size, held.size]);
  yield* texts(purchases.values(), rowOf);
  yield* texts(held.entries(), (entry) => entry);
}

function* texts<Item>(items: Iterable<Item>, toRow: (item: Item) => unknown): Generator<string> {
  let rows: unknown[] = [];
  for (const item of items) {
    rows.push(toRow(item));
    if (rows.length < rowsPerPart) continue;
    yield JSON.stringify(rows);
    rows = [];
  }
  if (rows.length > 0) yield JSON.stringify(rows);
}

function rowOf({ purchaseId, customerId, idempotencyKey, tickets, status, revision }: Purchase): unknown[] {
  const row: unknown[] = [purchaseId, customerId, idempotencyKey, safe(revision), status === 'live' ? 1 : 0];
  for (const { number, seat } of tickets) row.push(number, seat);
  return row;
}

/** The state of a concert, put together again from its parts. */
export class RestoredConcert {
  readonly #purchases = PersistentMap<string, Purchase>().asMutable();
  readonly #held = PersistentMap<string, number>().asMutable();
  #head: ReturnType<typeof headOf> | undefined;

  /** @throws {SnapshotUnreadable} */
  add(part: string): void {
    const parsed = parse(part);
    if (this.#head === undefined) this.#head = headOf(parsed);
    else if (this.#purchases.size < this.#head.purchases) this.#addPurchases(rowsOf(parsed));
    else this.#addHeld(rowsOf(parsed));
  }

  /** @throws {SnapshotUnreadable} when parts are missing, or it is not the state that the head announces */
  finish({ concertId, revision }: Pick<SnapshotHead, 'concertId' | 'revision'>): Concert {
    const head = this.#head;
    demand(head !== undefined, 'it has no parts');
    demand(head.terms.concertId === concertId && head.revision === revision, 'it is of another state');
    demand(this.#purchases.size === head.purchases && this.#held.size === head.held, 'it is not complete');
    const [purchases, held] = [this.#purchases.asImmutable(), this.#held.asImmutable()];
    return { ...head.terms, revision, purchases, held };
  }

  #addPurchases(rows: readonly unknown[][]): void {
    for (const row of rows) {
      const purchase = purchaseOf(row);
      this.#purchases.set(purchase.purchaseId, purchase);
    }
  }

  #addHeld(rows: readonly unknown[][]): void {
    for (const [customerId, tickets] of rows) {
      demand(isText(customerId) && isWhole(tickets), 'a holding is not one');
      this.#held.set(customerId, tickets);
    }
  }
}

type Terms = Omit<Concert, 'purchases' | 'held' | 'revision'>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const oneOf =
  (...choices: readonly unknown[]) =>
  (value: unknown) =>
    choices.includes(value);

const terms: { readonly [Name in keyof Terms]-?: (value: unknown) => boolean } = {
  concertId: isText,
  status: oneOf('unknown', 'scheduled', 'closed', 'cancelled'),
  name: isText,
  capacity: isWhole,
  vipSeats: isWhole,
  ticketsPerCustomer: isWhole,
  salesOpenAt: isTextOrNull,
  salesCloseAt: isTextOrNull,
  startsAt: isTextOrNull,
  purchaseMode: oneOf(null, ...purchaseModes),
  live: isWhole,
  lastTicketNumber: isWhole,
  lastVipSeat: isWhole,
  freedVipSeats: (value) => Array.isArray(value) && value.every(isWhole),
};

function headOf(parsed: unknown) {
  demand(Array.isArray(parsed), 'its first part is no list');
  const [found, revision, purchases, held] = parsed as unknown[];
  demand(isWhole(revision) && isWhole(purchases) && isWhole(held), 'its counts are missing');
  demand(areTerms(found), 'its terms are not those of a concert');
  return { terms: found, revision: BigInt(revision), purchases, held };
}

function areTerms(found: unknown): found is Terms {
  if (typeof found !== 'object' || found === null) return false;
  const given = new Map(Object.entries(found));
  const names = Object.entries(terms);
  return given.size === names.length && names.every(([name, isRight]) => isRight(given.get(name)));
}

function purchaseOf(row: readonly unknown[]): Purchase {
  const [purchaseId, customerId, idempotencyKey, revision, live] = row;
  demand(isText(purchaseId) && isText(customerId) && isText(idempotencyKey), 'a purchase has no names');
  demand(isWhole(revision) && (live === 0 || live === 1), 'a purchase has no revision or status');
  const tickets: Ticket[] = [];
  for (let i = 5; i < row.length; i += 2) {
    const [number, seat] = [row[i], row[i + 1]];
    demand(isWhole(number) && isTextOrNull(seat), 'a ticket is not one');
    tickets.push({ number, seat });
  }
  const status = live === 1 ? 'live' : 'cancelled';
  return { purchaseId, customerId, idempotencyKey, tickets, status, revision: BigInt(revision) };
}

function rowsOf(parsed: unknown): unknown[][] {
  demand(Array.isArray(parsed) && parsed.every(Array.isArray), 'a part holds no rows');
  return parsed;
}

function parse(part: string): unknown {
  try {
    return JSON.parse(part);
  } catch (error) {
    throw new SnapshotUnreadable('a part is no JSON', { cause: error });
  }
}

function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new SnapshotUnreadable(otherwise);
}

function safe(revision: bigint): number {
  if (revision > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`revision ${revision} is beyond 2^53`);
  return Number(revision);
}
