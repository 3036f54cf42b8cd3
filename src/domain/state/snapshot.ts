import type { Concert, Purchase, Ticket } from '../concert.js';
import { SCHEMA_VERSION } from '../events/upcast.js';
import { purchaseModes } from '../purchase-mode.js';
import { Forgotten } from './forgotten.js';
import { Run } from './forgotten-run.js';
import { LayeredMap } from './layered-map.js';
import { numberCodec } from './packed/number-codec.js';
import { lastRevisionAt, purchaseCodec } from './purchase-codec.js';
import { SeatSet } from './seat-set.js';

/** Version of the snapshot's layout. Every change of the layout below, or of how `evolve` applies events, raises it. */
const LAYOUT = 4;

/** The shape that this version can read. */
export const SNAPSHOT_SHAPE = `${LAYOUT}/${SCHEMA_VERSION}`;

/** The description of a snapshot: the state after the event `eventId`, which its log has at `revision`. */
export interface SnapshotHead {
  readonly concertId: string;
  readonly revision: bigint;
  readonly eventId: string;
  readonly shape: string;
}

/** The snapshot is not of this log, or its content does not fit its shape. */
export class SnapshotUnreadable extends Error {
  override readonly name = 'SnapshotUnreadable';
}

/** Whether this state can be saved incrementally. If not, it is rebuilt from the log or an older snapshot. */
export const canSaveIncrementally = ({ sharedPurchases }: Concert): boolean => !sharedPurchases;

/**
 * Whether the changes since `since` can be appended to the parts saved then. False when purchases were forgotten meanwhile,
 * because the saved parts still contain them.
 */
export const canFollow = ({ forgotten }: Concert, since: bigint): boolean => forgotten.changedAt <= since;

/** Purchases per part: a few milliseconds to write or read. */
const purchasesPerPart = 1_000;
/** Unchanged purchases that are skipped before a null is yielded: a millisecond or two. */
const mostPassedOver = 2_000;

/**
 * Serialises a state as parts, to be restored in the same order. The first part has everything but purchases and holdings. The
 * next ones have a thousand purchases each, with the tickets their customers hold: only purchases with an event after `since`,
 * to be restored after all parts of the state of that revision. A whole state ends with the forgotten purchases. A lazy
 * generator: yields null now and then so that the caller can let other work run.
 * @param concert a state that `canSaveIncrementally`
 * @param since revision of the saved state that this one extends; -1n for none
 * @throws {RangeError} for revisions beyond 2^53
 */
export function* snapshotParts(concert: Concert, since = -1n): Generator<string | null> {
  const { purchases, holdings, forgotten, revision, ...terms } = concert;
  const { limit, count, changedAt } = forgotten;
  const forgot = [limit, count, safe(changedAt)];
  yield JSON.stringify([terms, safe(revision), purchases.size, holdings.size, forgot]);
  let changed: Purchase[] = [];
  let passedOver = 0;
  for (const entry of purchases.entries((packed) => lastRevisionAt(packed) > since)) {
    const purchase = entry?.[1];
    if (purchase !== undefined && purchase.lastRevision > since) changed.push(purchase);
    else if (++passedOver % mostPassedOver === 0) yield null;
    if (changed.length < purchasesPerPart) continue;
    yield partOf(changed, holdings);
    changed = [];
  }
  if (changed.length > 0) yield partOf(changed, holdings);
  if (forgotten.changedAt <= since) return;
  for (const run of forgotten.runs) yield JSON.stringify([[], [], run.toText()]);
}

/**
 * One part: purchases, and the holdings of their customers that differ from the last of these purchases. As long as customers do
 * not share a purchase, nothing else changes a holding.
 */
function partOf(purchases: readonly Purchase[], holdings: Concert['holdings']): string {
  const last = new Map(purchases.map((purchase) => [purchase.customerId, heldBy(purchase)]));
  const others = [...last].flatMap(([customer, tickets]) => {
    const holding = holdings.get(customer) ?? 0;
    return holding === tickets ? [] : [[customer, holding]];
  });
  return JSON.stringify([purchases.map(rowOf), others]);
}

/** Tickets of a purchase that its customer still holds. */
const heldBy = ({ status, tickets }: Purchase): number => (status === 'live' ? tickets.length : 0);

/** The last event of a live purchase is the one that sold it. */
function rowOf(purchase: Purchase): unknown[] {
  const { purchaseId, customerId, idempotencyKey, tickets, status, revision, lastRevision } = purchase;
  const row: unknown[] = [purchaseId, customerId, idempotencyKey, safe(revision)];
  row.push(status === 'live' ? 0 : safe(lastRevision));
  for (const { number, seat } of tickets) row.push(number, seat);
  return row;
}

/** Restores the state of a concert from its parts. No parts may be added after `finish`. */
export class RestoredConcert {
  #purchases = LayeredMap.empty(purchaseCodec);
  #holdings = LayeredMap.empty(numberCodec);
  /** Revisions of the cancellations of the cancelled purchases. */
  readonly #cancelled = new Map<string, bigint>();
  readonly #runs: Run[] = [];
  #head: ReturnType<typeof headOf> | undefined;

  /** @throws {SnapshotUnreadable} */
  add(part: string): void {
    const parsed = parse(part);
    if (this.#head === undefined) {
      this.#head = headOf(parsed);
      return;
    }
    const [purchases, others, run] = parsed;
    const holdings = new Map<string, number | undefined>();
    this.#addPurchases(rowsOf(purchases), holdings);
    addHoldings(rowsOf(others), holdings);
    this.#holdings = this.#holdings.with(holdings);
    if (run !== undefined) this.#runs.push(runOf(run));
  }

  /** @throws {SnapshotUnreadable} when parts are missing, or the state is not the one that the head describes */
  finish({ concertId, revision }: Pick<SnapshotHead, 'concertId' | 'revision'>): Concert {
    const head = this.#head;
    assert(head !== undefined, 'the snapshot has no parts');
    assert(
      head.terms.concertId === concertId && head.revision === revision,
      'the parts are of another state',
    );
    assert(
      this.#purchases.size === head.purchases && this.#holdings.size === head.holdings,
      'the snapshot is not complete',
    );
    const [purchases, holdings] = [this.#purchases, this.#holdings];
    const freedVipSeats = SeatSet.of(head.terms.freedVipSeats);
    const forgotten = this.#forgotten(head.forgotten);
    return { ...head.terms, freedVipSeats, revision, purchases, holdings, forgotten };
  }

  #forgotten({ limit, count, changedAt }: ReturnType<typeof headOf>['forgotten']): Forgotten {
    const inOrder = [...this.#cancelled].sort(([, a], [, b]) => Number(a - b));
    const held = inOrder.map(([purchaseId]) => purchaseId);
    const forgotten = Forgotten.restored(limit, held, this.#runs, BigInt(changedAt));
    assert(forgotten.count === count, 'the number of forgotten purchases differs');
    return forgotten;
  }

  #addPurchases(rows: readonly unknown[][], holdings: Map<string, number | undefined>): void {
    const added = new Map<string, Purchase>();
    for (const row of rows) {
      const purchase = purchaseOf(row);
      added.set(purchase.purchaseId, purchase);
      if (purchase.status === 'cancelled') this.#cancelled.set(purchase.purchaseId, purchase.lastRevision);
      holdings.set(purchase.customerId, heldBy(purchase) || undefined);
    }
    this.#purchases = this.#purchases.with(added);
  }
}

function addHoldings(rows: readonly unknown[][], holdings: Map<string, number | undefined>): void {
  for (const [customerId, tickets] of rows) {
    assert(isText(customerId) && isWhole(tickets), 'a holding is malformed');
    holdings.set(customerId, tickets || undefined);
  }
}

type Terms = Omit<Concert, 'purchases' | 'holdings' | 'forgotten' | 'revision' | 'freedVipSeats'> & {
  readonly freedVipSeats: readonly number[];
};

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
  sharedPurchases: oneOf(false),
  freedVipSeats: (value) => Array.isArray(value) && value.every(isWhole),
};

function headOf([found, revision, purchases, holdings, forgot]: readonly unknown[]) {
  assert(isWhole(revision) && isWhole(purchases) && isWhole(holdings), 'the counts are missing');
  assert(areTerms(found), 'the terms are not those of a concert');
  assert(Array.isArray(forgot), 'the forgotten purchases are missing');
  const [limit, count, changedAt] = forgot;
  assert(isWhole(limit) && isWhole(count) && isWhole(changedAt), 'the forgotten purchases are missing');
  const forgotten = { limit, count, changedAt };
  return { terms: found, revision: BigInt(revision), purchases, holdings, forgotten };
}

function runOf(text: unknown): Run {
  const run = isText(text) ? Run.fromText(text) : null;
  assert(run !== null, 'the forgotten purchases cannot be read');
  return run;
}

function areTerms(found: unknown): found is Terms {
  if (typeof found !== 'object' || found === null) return false;
  const given = new Map(Object.entries(found));
  const names = Object.entries(terms);
  return given.size === names.length && names.every(([name, isRight]) => isRight(given.get(name)));
}

function purchaseOf(row: readonly unknown[]): Purchase {
  const [purchaseId, customerId, idempotencyKey, sold, last] = row;
  assert(isText(purchaseId) && isText(customerId) && isText(idempotencyKey), 'a purchase has no names');
  assert(isWhole(sold) && isWhole(last), 'a purchase has no revision or status');
  const tickets: Ticket[] = [];
  for (let i = 5; i < row.length; i += 2) {
    const [number, seat] = [row[i], row[i + 1]];
    assert(isWhole(number) && isTextOrNull(seat), 'a ticket is malformed');
    tickets.push({ number, seat });
  }
  const status = last === 0 ? 'live' : 'cancelled';
  const revision = BigInt(sold);
  const lastRevision = last === 0 ? revision : BigInt(last);
  return { purchaseId, customerId, idempotencyKey, tickets, status, revision, lastRevision };
}

function rowsOf(found: unknown): readonly unknown[][] {
  assert(Array.isArray(found) && found.every(Array.isArray), 'a part has no rows');
  return found;
}

function parse(part: string): readonly unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(part);
  } catch (error) {
    throw new SnapshotUnreadable('a part is not JSON', { cause: error });
  }
  assert(Array.isArray(parsed), 'a part is not a list');
  return parsed;
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new SnapshotUnreadable(otherwise);
}

function safe(revision: bigint): number {
  if (revision > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`revision ${revision} is beyond 2^53`);
  return Number(revision);
}
