import { LayeredMap } from '../../collections/layered-map.js';
import { numberCodec } from '../../collections/packed/number-codec.js';
import { SeatSet } from '../../collections/seat-set.js';
import type { Concert, Purchase } from '../../concert.js';
import { SCHEMA_VERSION } from '../../events/upcast.js';
import { type Hold, hasEnded, ticketsHeldBy } from '../../holds/hold.js';
import { Holds } from '../../holds/holds.js';
import { Forgotten } from '../forgotten.js';
import { Run } from '../forgotten-run.js';
import { lastRevisionAt, purchaseCodec } from '../purchase-codec.js';
import { headOf, headPart } from './snapshot-head.js';
import {
  assert,
  holdOf,
  holdRow,
  isText,
  isWhole,
  purchaseOf,
  purchaseRow,
  rowsOf,
  SnapshotUnreadable,
} from './snapshot-rows.js';

export { SnapshotUnreadable };

/** Version of the snapshot's layout. Every change of the layout below, or of how `evolve` applies events, raises it. */
const LAYOUT = 6;

/** The shape that this version can read. */
export const SNAPSHOT_SHAPE = `${LAYOUT}/${SCHEMA_VERSION}`;

/** The description of a snapshot: the state after the event `eventId`, which its log has at `revision`. */
export interface SnapshotHead {
  readonly concertId: string;
  readonly revision: bigint;
  readonly eventId: string;
  readonly shape: string;
}

/** Whether this state can be saved incrementally. If not, it is rebuilt from the log or an older snapshot. */
export const canSaveIncrementally = ({ sharedPurchases }: Concert): boolean => !sharedPurchases;

/**
 * Whether the changes since `since` can be appended to the parts saved then. False when some were forgotten meanwhile,
 * because the saved parts still contain them.
 */
export const canFollow = ({ forgotten }: Concert, since: bigint): boolean => forgotten.changedAt <= since;

/** Purchases or holds per part: a few milliseconds to write or read. */
const rowsPerPart = 1_000;
/** Unchanged ones that are skipped before a null is yielded: a millisecond or two. */
const mostPassedOver = 2_000;

/**
 * Serialises a state as parts, to be restored in the same order. The first part has everything but purchases, holds and holdings.
 * The next ones have a thousand purchases or holds each, with the tickets that count for their customers: only those with an event
 * after `since`, to be restored after all parts of the state of that revision. A whole state ends with what is forgotten. A lazy
 * generator: yields null now and then so that the caller can let other work run.
 * @param concert a state that `canSaveIncrementally`
 * @param since revision of the saved state that this one extends; -1n for none
 * @throws {RangeError} for revisions beyond 2^53
 */
export function* snapshotParts(concert: Concert, since = -1n): Generator<string | null> {
  const { purchases, holds, holdings, forgotten } = concert;
  yield headPart(concert);
  for (const changed of inParts(changedSince(purchases, since))) {
    yield changed && partOf(changed.map(purchaseRow), [], changed.map(ofPurchase), holdings);
  }
  for (const changed of inParts(changedSince(holds.all, since))) {
    yield changed && partOf([], changed.map(holdRow), changed.map(ofHold), holdings);
  }
  if (forgotten.changedAt <= since) return;
  for (const run of forgotten.runs) yield JSON.stringify([[], [], [], run.toText()]);
}

/** The entries with an event after `since`; null for one without. */
function* changedSince<V extends { readonly lastRevision: bigint }>(
  entries: LayeredMap<V>,
  since: bigint,
): Generator<V | null> {
  for (const entry of entries.entries((packed) => lastRevisionAt(packed) > since)) {
    yield entry !== null && entry[1].lastRevision > since ? entry[1] : null;
  }
}

/** A thousand of these at a time. Yields null now and then while there are none. */
function* inParts<V>(entries: Iterable<V | null>): Generator<V[] | null> {
  let part: V[] = [];
  let passedOver = 0;
  for (const entry of entries) {
    if (entry !== null) part.push(entry);
    else if (++passedOver % mostPassedOver === 0) yield null;
    if (part.length < rowsPerPart) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

type Holding = readonly [customerId: string, tickets: number];

/** Tickets of a purchase that its customer still has. */
const ofPurchase = ({ customerId, status, tickets }: Purchase): Holding => [
  customerId,
  status === 'live' ? tickets.length : 0,
];

const ofHold = (hold: Hold): Holding => [hold.customerId, ticketsHeldBy(hold)];

/**
 * One part: purchases or holds, and the holdings of their customers that differ from the last of these rows. As long as customers
 * do not share a purchase, nothing else changes a holding.
 */
function partOf(
  purchases: readonly unknown[][],
  holds: readonly unknown[][],
  told: readonly Holding[],
  holdings: Concert['holdings'],
): string {
  const others = [...new Map(told)].flatMap(([customerId, tickets]) => {
    const holding = holdings.get(customerId) ?? 0;
    return holding === tickets ? [] : [[customerId, holding]];
  });
  return JSON.stringify(holds.length === 0 ? [purchases, others] : [purchases, others, holds]);
}

/** Restores the state of a concert from its parts. No parts may be added after `finish`. */
export class RestoredConcert {
  #purchases = LayeredMap.empty(purchaseCodec);
  #holds = Holds.none();
  #holdings = LayeredMap.empty(numberCodec);
  /** Revisions at which purchases were cancelled and holds ended. */
  readonly #ended = new Map<string, bigint>();
  readonly #runs: Run[] = [];
  #head: ReturnType<typeof headOf> | undefined;

  /** @throws {SnapshotUnreadable} */
  add(part: string): void {
    const parsed = parse(part);
    if (this.#head === undefined) {
      this.#head = headOf(parsed);
      return;
    }
    const [purchases, others, holds = [], run] = parsed;
    const holdings = new Map<string, number | undefined>();
    this.#addPurchases(rowsOf(purchases), holdings);
    this.#addHolds(rowsOf(holds), holdings);
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
    const [purchases, holds, holdings] = [this.#purchases, this.#holds, this.#holdings];
    const isComplete =
      purchases.size === head.purchases && holds.all.size === head.holds && holdings.size === head.holdings;
    assert(isComplete, 'the snapshot is not complete');
    const freedVipSeats = SeatSet.of(head.terms.freedVipSeats);
    const forgotten = this.#forgotten(head.forgotten);
    return { ...head.terms, freedVipSeats, revision, purchases, holds, holdings, forgotten };
  }

  #forgotten({ limit, count, holds, changedAt }: ReturnType<typeof headOf>['forgotten']): Forgotten {
    const inOrder = [...this.#ended].sort(([id, a], [other, b]) => Number(a - b) || (id < other ? -1 : 1));
    const kept = inOrder.map(([id]) => id);
    const forgotten = Forgotten.restored(limit, kept, this.#runs, holds, BigInt(changedAt));
    assert(forgotten.count === count, 'the number of forgotten purchases and holds differs');
    return forgotten;
  }

  /** A purchase takes the place of the hold that an earlier part had under its id. */
  #addPurchases(rows: readonly unknown[][], holdings: Map<string, number | undefined>): void {
    const added = new Map<string, Purchase>();
    for (const row of rows) {
      const purchase = purchaseOf(row);
      const { purchaseId, status, lastRevision } = purchase;
      added.set(purchaseId, purchase);
      const hold = this.#holds.get(purchaseId);
      if (hold !== undefined) this.#holds = this.#holds.delete(hold);
      this.#ended.delete(purchaseId);
      if (status === 'cancelled') this.#ended.set(purchaseId, lastRevision);
      const [customerId, tickets] = ofPurchase(purchase);
      holdings.set(customerId, tickets || undefined);
    }
    this.#purchases = this.#purchases.with(added);
  }

  #addHolds(rows: readonly unknown[][], holdings: Map<string, number | undefined>): void {
    for (const row of rows) {
      const hold = holdOf(row);
      this.#holds = this.#holds.set(hold);
      if (hasEnded(hold)) this.#ended.set(hold.holdId, hold.lastRevision);
      const [customerId, tickets] = ofHold(hold);
      holdings.set(customerId, tickets || undefined);
    }
    this.#holds = this.#holds.compacted();
  }
}

function addHoldings(rows: readonly unknown[][], holdings: Map<string, number | undefined>): void {
  for (const [customerId, tickets] of rows) {
    assert(isText(customerId) && isWhole(tickets), 'a holding is malformed');
    holdings.set(customerId, tickets || undefined);
  }
}

function runOf(text: unknown): Run {
  const run = isText(text) ? Run.fromText(text) : null;
  assert(run !== null, 'the forgotten purchases cannot be read');
  return run;
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
