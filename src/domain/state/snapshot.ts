import type { Concert, Purchase, Ticket } from '../concert.js';
import { SCHEMA_VERSION } from '../events/upcast.js';
import { purchaseModes } from '../purchase-mode.js';
import { Forgotten } from './forgotten.js';
import { Run } from './forgotten-run.js';
import { LayeredMap } from './layered-map.js';
import { numberCodec } from './packed/number-codec.js';
import { lastRevisionAt, purchaseCodec } from './purchase-codec.js';
import { SeatSet } from './seat-set.js';

/** Raise it with every change of the layout below, and of what `evolve` makes of events. */
const LAYOUT = 3;

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

/** Whether this state can be saved incrementally. If not, it is rebuilt from the log or an older snapshot. */
export const canSaveIncrementally = ({ sharedPurchases }: Concert): boolean => !sharedPurchases;

/**
 * Whether what has changed since `since` can be written behind what was saved then. Not when purchases were forgotten meanwhile:
 * what was saved still holds them.
 */
export const canFollow = ({ forgotten }: Concert, since: bigint): boolean => forgotten.changedAt <= since;

/** Purchases per part: a few milliseconds to write or read. */
const purchasesPerPart = 1_000;
/** Of those that are passed over before others get a turn: a millisecond or two. */
const mostPassedOver = 2_000;

/**
 * A state as texts, to be restored in the same order. The first holds all but purchases and holdings. Those follow, a
 * thousand purchases at a time with what their customers hold: only the purchases of which there is an event behind `since`,
 * to be restored behind all parts of a state of that revision. A whole state ends with what was forgotten. Written as they are asked for, so that whoever asks can do other
 * things in between, for which there is a null now and then; the state does not change meanwhile.
 * @param concert one that `canBePutBy`
 * @param since revision of the state that was saved before, which this one `canFollow`; -1n for none
 * @throws {RangeError} for revisions beyond 2^53
 */
export function* snapshotParts(concert: Concert, since = -1n): Generator<string | null> {
  const { purchases, held, forgotten, revision, ...terms } = concert;
  const { limit, count, changedAt } = forgotten;
  const forgot = [limit, count, safe(changedAt)];
  yield JSON.stringify([terms, safe(revision), purchases.size, held.size, forgot]);
  let changed: Purchase[] = [];
  let passedOver = 0;
  for (const entry of purchases.entries((packed) => lastRevisionAt(packed) > since)) {
    const purchase = entry?.[1];
    if (purchase !== undefined && purchase.lastRevision > since) changed.push(purchase);
    else if (++passedOver % mostPassedOver === 0) yield null;
    if (changed.length < purchasesPerPart) continue;
    yield partOf(changed, held);
    changed = [];
  }
  if (changed.length > 0) yield partOf(changed, held);
  if (forgotten.changedAt <= since) return;
  for (const run of forgotten.runs) yield JSON.stringify([[], [], run.toText()]);
}

/**
 * Purchases, and what their customers hold now, where that is not just the last of these purchases. While nobody shares a
 * purchase, nothing else changes a holding.
 */
function partOf(purchases: readonly Purchase[], held: Concert['held']): string {
  const last = new Map(purchases.map((purchase) => [purchase.customerId, heldBy(purchase)]));
  const others = [...last].flatMap(([customer, tickets]) => {
    const holding = held.get(customer) ?? 0;
    return holding === tickets ? [] : [[customer, holding]];
  });
  return JSON.stringify([purchases.map(rowOf), others]);
}

/** Tickets that a purchase leaves to its customer. */
const heldBy = ({ status, tickets }: Purchase): number => (status === 'live' ? tickets.length : 0);

/** Of a live purchase the last event is the one that sold. */
function rowOf(purchase: Purchase): unknown[] {
  const { purchaseId, customerId, idempotencyKey, tickets, status, revision, lastRevision } = purchase;
  const row: unknown[] = [purchaseId, customerId, idempotencyKey, safe(revision)];
  row.push(status === 'live' ? 0 : safe(lastRevision));
  for (const { number, seat } of tickets) row.push(number, seat);
  return row;
}

/** The state of a concert, put together again from its parts. Nothing is to be added to it once it is finished. */
export class RestoredConcert {
  #purchases = LayeredMap.empty(purchaseCodec);
  #held = LayeredMap.empty(numberCodec);
  /** Revisions at which those of them that are cancelled were. */
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
    this.#held = this.#held.with(holdings);
    if (run !== undefined) this.#runs.push(runOf(run));
  }

  /** @throws {SnapshotUnreadable} when parts are missing, or it is not the state that the head announces */
  finish({ concertId, revision }: Pick<SnapshotHead, 'concertId' | 'revision'>): Concert {
    const head = this.#head;
    assert(head !== undefined, 'it has no parts');
    assert(head.terms.concertId === concertId && head.revision === revision, 'it is of another state');
    assert(this.#purchases.size === head.purchases && this.#held.size === head.held, 'it is not complete');
    const [purchases, held] = [this.#purchases, this.#held];
    const freedVipSeats = SeatSet.of(head.terms.freedVipSeats);
    const forgotten = this.#forgotten(head.forgotten);
    return { ...head.terms, freedVipSeats, revision, purchases, held, forgotten };
  }

  #forgotten({ limit, count, changedAt }: ReturnType<typeof headOf>['forgotten']): Forgotten {
    const inOrder = [...this.#cancelled].sort(([, a], [, b]) => Number(a - b));
    const held = inOrder.map(([purchaseId]) => purchaseId);
    const forgotten = Forgotten.restored(limit, held, this.#runs, BigInt(changedAt));
    assert(forgotten.count === count, 'it has not forgotten what it says');
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
    assert(isText(customerId) && isWhole(tickets), 'a holding is not one');
    holdings.set(customerId, tickets || undefined);
  }
}

type Terms = Omit<Concert, 'purchases' | 'held' | 'forgotten' | 'revision' | 'freedVipSeats'> & {
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

function headOf([found, revision, purchases, held, forgot]: readonly unknown[]) {
  assert(isWhole(revision) && isWhole(purchases) && isWhole(held), 'its counts are missing');
  assert(areTerms(found), 'its terms are not those of a concert');
  assert(Array.isArray(forgot), 'it does not say what it has forgotten');
  const [limit, count, changedAt] = forgot;
  assert(isWhole(limit) && isWhole(count) && isWhole(changedAt), 'it does not say what it has forgotten');
  const forgotten = { limit, count, changedAt };
  return { terms: found, revision: BigInt(revision), purchases, held, forgotten };
}

function runOf(text: unknown): Run {
  const run = isText(text) ? Run.fromText(text) : null;
  assert(run !== null, 'what it has forgotten cannot be read');
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
    assert(isWhole(number) && isTextOrNull(seat), 'a ticket is not one');
    tickets.push({ number, seat });
  }
  const status = last === 0 ? 'live' : 'cancelled';
  const revision = BigInt(sold);
  const lastRevision = last === 0 ? revision : BigInt(last);
  return { purchaseId, customerId, idempotencyKey, tickets, status, revision, lastRevision };
}

function rowsOf(found: unknown): readonly unknown[][] {
  assert(Array.isArray(found) && found.every(Array.isArray), 'a part holds no rows');
  return found;
}

function parse(part: string): readonly unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(part);
  } catch (error) {
    throw new SnapshotUnreadable('a part is no JSON', { cause: error });
  }
  assert(Array.isArray(parsed), 'a part is no list');
  return parsed;
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new SnapshotUnreadable(otherwise);
}

function safe(revision: bigint): number {
  if (revision > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`revision ${revision} is beyond 2^53`);
  return Number(revision);
}
