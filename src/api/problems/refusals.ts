import type { RetryLater } from '../../commands/outcome.js';
import type { CancelRefusal, ManageRefusal } from '../../domain/concert-commands.js';
import type { PurchaseRefusal } from '../../domain/purchase.js';
import { type HoldRefusalOf, holdRefusalProblem, isHoldRefusal } from './hold-refusals.js';
import { type Problem, type ProblemName, problem } from './problem.js';

export const unknownConcert: Problem = problem(
  'unknown-concert',
  'No concert has this id. GET /concerts lists those there are.',
);

export const unauthorized: Problem = problem(
  'unauthorized',
  'Send a valid token, or the key of an operator, as Authorization: Bearer. It may have expired, or been revoked.',
  {},
  { 'WWW-Authenticate': 'Bearer' },
);

export const forbidden: Problem = problem(
  'forbidden',
  'Customers act for themselves alone; the rest is for operators.',
);

export const unknownThen: Problem = problem(
  'unknown-concert',
  'No concert had this id at that moment. Without `at` there may be one by now.',
);

export const unknownPurchase: Problem = problem(
  'unknown-purchase',
  'This concert has no purchase with this id. A purchase refused, or never decided on, has none.',
);

/** What a request for tickets may be refused for, to buy or to hold them. */
export const ticketRefusals = [
  'sold-out',
  'all-held',
  'not-enough-left',
  'limit-reached',
  'not-on-sale-yet',
  'sales-closed',
  'concert-cancelled',
  'key-reused',
  'busy',
  'unavailable',
] as const satisfies readonly ProblemName[];

export type Refusal = PurchaseRefusal | ManageRefusal | CancelRefusal | HoldRefusalOf;

/** The problem that a client gets for a refusal. */
export function refusalProblem(refusal: Refusal): Problem {
  if (isHoldRefusal(refusal)) return holdRefusalProblem(refusal);
  switch (refusal.reason) {
    case 'unknown-concert':
      return unknownConcert;
    case 'unknown-purchase':
      return unknownPurchase;
    case 'sold-out':
      return problem('sold-out', 'Every ticket is sold. A cancellation may put some back on sale.', {
        remaining: 0,
      });
    case 'all-held':
      return problem(
        'all-held',
        `None is left, but ${refusal.held} are on hold for others and may come back. Try again later.`,
        { held: refusal.held },
        { 'Retry-After': `${refusal.retryAfterSeconds}` },
      );
    case 'not-enough-left':
      return problem(
        'not-enough-left',
        `Only ${refusal.remaining} left; nothing was sold. Ask for fewer tickets.`,
        {
          remaining: refusal.remaining,
        },
      );
    case 'limit-reached':
      return problem(
        'limit-reached',
        `The limit is ${refusal.limit} per customer, and this one holds ${refusal.held}. Nothing was sold.`,
        { limit: refusal.limit, held: refusal.held },
      );
    case 'not-on-sale-yet':
      return problem('not-on-sale-yet', `Sales open at ${refusal.salesOpenAt}. Come back then.`, {
        salesOpenAt: refusal.salesOpenAt,
      });
    case 'sales-closed':
      return problem('sales-closed', 'No more tickets of this concert are sold.');
    case 'concert-cancelled':
      return problem('concert-cancelled', 'The concert will not take place; it cannot be changed any more.');
    case 'key-reused':
      return problem(
        'key-reused',
        'This Idempotency-Key was used for another request. Use a new key for a new one.',
      );
    case 'concert-exists':
      return problem(
        'concert-exists',
        'This Idempotency-Key scheduled a concert that has other terms. Use a new key for a new concert, PATCH to change one.',
      );
    case 'mode-needs-redis':
      return problem(
        'mode-needs-redis',
        `Mode ${refusal.purchaseMode} needs Redis, and this service is configured without. Use batch or optimistic.`,
      );
    case 'no-offer-seconds':
      return problem(
        'no-offer-seconds',
        'Say with offerSeconds how long tickets are held for a customer who waited for them.',
      );
    case 'capacity-below-sold':
      return problem(
        'capacity-below-sold',
        `${refusal.sold} tickets are sold and ${refusal.held} on hold; the capacity cannot go below that.`,
        { sold: refusal.sold, held: refusal.held },
      );
    case 'capacity-below-vip-seats':
      return problem(
        'capacity-below-vip-seats',
        `The concert has ${refusal.vipSeats} VIP seats; the capacity cannot go below that.`,
        { vipSeats: refusal.vipSeats },
      );
  }
}

const retryAfter = (seconds: number) => ({ 'Retry-After': String(Math.max(1, Math.ceil(seconds))) });

/** The problem for a command that was not decided, or whose outcome is unknown. */
export function notNowProblem(outcome: RetryLater): Problem {
  const headers = retryAfter(outcome.retryAfterSeconds);
  if (outcome.kind === 'busy') {
    return problem(
      'busy',
      'Too many are asking at once; nothing was done. Send the same request again after Retry-After seconds.',
      {},
      headers,
    );
  }
  return problem(
    'unavailable',
    'No answer came in time; the request was carried out once or not at all. Send it again, with the same Idempotency-Key, to find out.',
    {},
    headers,
  );
}

/** The problem for a query while a store does not answer. */
export const queryUnavailable: Problem = problem(
  'unavailable',
  'A backing store is unavailable. Try again after Retry-After seconds.',
  {},
  retryAfter(2),
);

/** The problem for an audit or a what-if while another one is running. */
export const anotherAudit: Problem = problem(
  'busy',
  'Another audit or what-if is running; ask again.',
  {},
  { 'Retry-After': '5' },
);

/** The problem for a query of a whole log while as many as may run are running. */
export const tooManyReads: Problem = problem(
  'busy',
  'Too many are reading whole logs; nothing was read. Try again after Retry-After seconds.',
  {},
  retryAfter(2),
);

/** The problem for one more viewer than a process takes. */
export const tooManyViewers: Problem = problem(
  'busy',
  'Too many are watching through this process. Try again after Retry-After seconds.',
  {},
  retryAfter(5),
);
/** The problem for a client that has used up a quota. What was asked for has not been looked at. */
export const tooManyRequests = (policy: string, resetSeconds: number): Problem =>
  problem(
    'too-many-requests',
    'Nothing was done for this request. Send it again, with the same Idempotency-Key, after Retry-After seconds.',
    { policy },
    retryAfter(resetSeconds),
  );
