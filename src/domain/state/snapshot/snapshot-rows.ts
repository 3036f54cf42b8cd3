import { type Hold, holdStatuses } from '../../holds/hold.js';
import type { Purchase, Ticket } from '../purchase-state.js';

/** The rows of a snapshot: one purchase or hold each, as a list of values. */

/** The snapshot is not of this log, or its content does not fit its shape. */
export class SnapshotUnreadable extends Error {
  override readonly name = 'SnapshotUnreadable';
}

/** The last event of a live purchase is the one that sold it. */
export function purchaseRow(purchase: Purchase): unknown[] {
  const { purchaseId, customerId, idempotencyKey, tickets, status, revision, lastRevision } = purchase;
  const row: unknown[] = [purchaseId, customerId, idempotencyKey, safe(revision)];
  row.push(status === 'live' ? 0 : safe(lastRevision), purchase.reference ?? null);
  for (const { number, seat } of tickets) row.push(number, seat);
  return row;
}

export function purchaseOf(row: readonly unknown[]): Purchase {
  const [purchaseId, customerId, idempotencyKey, sold, last, reference] = row;
  assert(isText(purchaseId) && isText(customerId) && isText(idempotencyKey), 'a purchase has no names');
  assert(isWhole(sold) && isWhole(last), 'a purchase has no revision or status');
  assert(isTextOrNull(reference), 'the reference of a purchase is not a text');
  const tickets: Ticket[] = [];
  for (let i = 6; i < row.length; i += 2) {
    const [number, seat] = [row[i], row[i + 1]];
    assert(isWhole(number) && isTextOrNull(seat), 'a ticket is malformed');
    tickets.push({ number, seat });
  }
  const status = last === 0 ? 'live' : 'cancelled';
  const revision = BigInt(sold);
  const lastRevision = last === 0 ? revision : BigInt(last);
  const purchase = {
    purchaseId,
    customerId,
    idempotencyKey,
    tickets,
    status,
    revision,
    lastRevision,
  } as const;
  return reference === null ? purchase : { ...purchase, reference };
}

const reasons: readonly Hold['reason'][] = ['request', 'offer'];

export function holdRow(hold: Hold): unknown[] {
  const { holdId, customerId, idempotencyKey, quantity, since, until, extensions, seats } = hold;
  const kind = [reasons.indexOf(hold.reason), holdStatuses.indexOf(hold.status)];
  const revisions = [safe(hold.revision), safe(hold.lastRevision)];
  return [
    holdId,
    customerId,
    idempotencyKey,
    ...revisions,
    ...kind,
    quantity,
    since,
    until,
    extensions,
    ...seats,
  ];
}

export function holdOf(row: readonly unknown[]): Hold {
  const [holdId, customerId, idempotencyKey, began, last, why, how, quantity, since, until, extensions] = row;
  const seats = row.slice(11);
  assert(isText(holdId) && isText(customerId) && isText(idempotencyKey), 'a hold has no names');
  assert(isWhole(began) && isWhole(last), 'a hold has no revisions');
  assert(isWhole(quantity) && isWhole(extensions) && seats.every(isText), 'a hold has no tickets');
  assert(isText(since) && isText(until), 'a hold has no times');
  const [reason, status] = [reasons[Number(why)], holdStatuses[Number(how)]];
  assert(reason !== undefined && status !== undefined, 'a hold has no status');
  const revisions = { revision: BigInt(began), lastRevision: BigInt(last) };
  const names = { holdId, customerId, idempotencyKey };
  return { ...names, quantity, seats, reason, status, since, until, extensions, ...revisions };
}

export function rowsOf(found: unknown): readonly unknown[][] {
  assert(Array.isArray(found) && found.every(Array.isArray), 'a part has no rows');
  return found;
}

export function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new SnapshotUnreadable(otherwise);
}

/** @throws {RangeError} for a revision beyond 2^53 */
export function safe(revision: bigint): number {
  if (revision > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`revision ${revision} is beyond 2^53`);
  return Number(revision);
}

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
export const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
export const isWholeOrNull = (value: unknown): value is number | null => value === null || isWhole(value);
