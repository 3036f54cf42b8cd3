import type { ConfirmRefusal } from '../../domain/holds/confirm-hold.js';
import type { ExtendRefusal } from '../../domain/holds/extend-hold.js';
import type { HoldRefusal } from '../../domain/holds/hold-tickets.js';
import type { ReleaseRefusal } from '../../domain/holds/release-hold.js';
import type { JoinRefusal, LeaveRefusal } from '../../domain/holds/waiting-list.js';
import type { PurchaseRefusal } from '../../domain/purchase.js';
import { type Problem, problem } from './problem.js';

/** Why a request about a hold or the waiting list was refused. */
export type HoldRefusalOf =
  | HoldRefusal
  | ConfirmRefusal
  | ExtendRefusal
  | ReleaseRefusal
  | JoinRefusal
  | LeaveRefusal;

/** The refusals that only such requests get. */
type OfHoldsAlone = Exclude<
  HoldRefusalOf,
  { readonly reason: PurchaseRefusal['reason'] | 'unknown-concert' | 'concert-cancelled' }
>;

export const unknownHold: Problem = problem(
  'unknown-hold',
  'This concert has no hold and no place in the waiting list with this id.',
);

const problems: {
  readonly [Reason in OfHoldsAlone['reason']]: (
    refusal: Extract<OfHoldsAlone, { readonly reason: Reason }>,
  ) => Problem;
} = {
  'unknown-hold': () => unknownHold,
  'no-holds': () => problem('no-holds', 'This concert is sold without holds. Buy the tickets at once.'),
  'hold-lapsed': ({ expiredAt, because }) =>
    problem(
      'hold-lapsed',
      `The hold expired at ${expiredAt}, and its tickets are no longer available (${because}). Nothing was sold, and nothing will be for this hold: refund the payment.`,
      { expiredAt, because },
    ),
  'hold-released': ({ releasedAt }) =>
    problem(
      'hold-released',
      `The hold was released at ${releasedAt}. Nothing was sold: refund the payment.`,
      {
        releasedAt,
      },
    ),
  'hold-confirmed': ({ purchaseId }) =>
    problem('hold-confirmed', 'The hold is a purchase by now. Cancel the purchase instead.', { purchaseId }),
  'hold-not-open': () =>
    problem('hold-not-open', 'The hold was confirmed or released, or has expired. GET it to find out.'),
  'confirmed-with-another-reference': ({ reference }) =>
    problem(
      'confirmed-with-another-reference',
      'Another payment has bought these tickets already: refund this one.',
      { reference },
    ),
  'extension-limit': ({ expiresAt }) =>
    problem('extension-limit', `The hold ends at ${expiresAt} at the latest. Confirm it before.`, {
      expiresAt,
    }),
  'no-waiting-list': () => problem('no-waiting-list', 'Nobody can wait for tickets of this concert.'),
  'waiting-list-full': () => problem('waiting-list-full', 'The waiting list takes no more customers.'),
  'tickets-left': () => problem('tickets-left', 'There are enough tickets: hold or buy them at once.'),
  'not-waiting': () => problem('not-waiting', 'This place is not in the waiting list. GET it to find out.'),
  'already-offered': ({ holdId }) =>
    problem('already-offered', 'Tickets were offered for this place. Release the hold instead.', { holdId }),
};

export const isHoldRefusal = (refusal: { readonly reason: string }): refusal is OfHoldsAlone =>
  Object.hasOwn(problems, refusal.reason);

export const holdRefusalProblem = <Reason extends OfHoldsAlone['reason']>(
  refusal: Extract<OfHoldsAlone, { readonly reason: Reason }>,
): Problem => {
  const toProblem: (refusal: Extract<OfHoldsAlone, { readonly reason: Reason }>) => Problem =
    problems[refusal.reason as Reason];
  return toProblem(refusal);
};
