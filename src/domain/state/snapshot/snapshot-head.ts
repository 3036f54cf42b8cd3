import type { Concert } from '../../concert.js';
import { purchaseModes } from '../../purchase-mode.js';
import { assert, isText, isTextOrNull, isWhole, isWholeOrNull, safe } from './snapshot-rows.js';

/** The first part of a snapshot: all of a state but its purchases, holds and holdings, of which it has the numbers. */
export function headPart(concert: Concert): string {
  const { purchases, holds, holdings, forgotten, revision, ...terms } = concert;
  const counts = [purchases.size, holds.all.size, holdings.size];
  const { limit, count, changedAt } = forgotten;
  return JSON.stringify([terms, safe(revision), counts, [limit, count, forgotten.holds, safe(changedAt)]]);
}

type Terms = Omit<
  Concert,
  'purchases' | 'holds' | 'holdings' | 'forgotten' | 'revision' | 'freedVipSeats'
> & {
  readonly freedVipSeats: readonly number[];
};

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
  holdSeconds: isWholeOrNull,
  waitingList: oneOf(true, false),
  offerSeconds: isWholeOrNull,
  live: isWhole,
  lastTicketNumber: isWhole,
  lastVipSeat: isWhole,
  sharedPurchases: oneOf(false),
  lastEventAt: isTextOrNull,
  freedVipSeats: (value) => Array.isArray(value) && value.every(isWhole),
};

/** @throws {SnapshotUnreadable} */
export function headOf([found, revision, counts, forgot]: readonly unknown[]) {
  assert(isWhole(revision), 'the revision is missing');
  assert(Array.isArray(counts) && counts.every(isWhole), 'the counts are missing');
  const [purchases = 0, holds = 0, holdings = 0] = counts;
  assert(areTerms(found), 'the terms are not those of a concert');
  assert(Array.isArray(forgot) && forgot.every(isWhole), 'the forgotten purchases are missing');
  const [limit = 0, count = 0, forgottenHolds = 0, changedAt = -1] = forgot;
  const forgotten = { limit, count, holds: forgottenHolds, changedAt };
  return { terms: found, revision: BigInt(revision), purchases, holds, holdings, forgotten };
}

function areTerms(found: unknown): found is Terms {
  if (typeof found !== 'object' || found === null) return false;
  const given = new Map(Object.entries(found));
  const names = Object.entries(terms);
  return given.size === names.length && names.every(([name, isRight]) => isRight(given.get(name)));
}
