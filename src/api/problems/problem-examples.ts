import { unknownHold } from './hold-refusals.js';
import { type Problem, type ProblemName, problem } from './problem.js';
import {
  forbidden,
  notNowProblem,
  refusalProblem,
  tooManyRequests,
  unauthorized,
  unknownConcert,
  unknownPurchase,
} from './refusals.js';

const purchaseId = 'b78bde2d-c993-5700-877e-3ad3c943dd1d';

/** An example of each problem, for the API document. */
export const problemExamples: Readonly<Record<ProblemName, Problem>> = {
  'invalid-request': problem('invalid-request', 'qantity is not known here.', {
    errors: [{ field: 'qantity', problem: 'is not known here' }],
  }),
  unauthorized,
  forbidden,
  'unknown-concert': unknownConcert,
  'unknown-purchase': unknownPurchase,
  'unknown-hold': unknownHold,
  'not-found': problem('not-found', 'No problem has this name.'),
  'method-not-allowed': problem('method-not-allowed', 'This path takes HEAD, GET.'),
  'request-timeout': problem('request-timeout', 'The request did not arrive whole in time.'),
  'sold-out': refusalProblem({ reason: 'sold-out' }),
  'all-held': refusalProblem({ reason: 'all-held', held: 3, retryAfterSeconds: 20 }),
  'not-enough-left': refusalProblem({ reason: 'not-enough-left', remaining: 1 }),
  'limit-reached': refusalProblem({ reason: 'limit-reached', limit: 2, held: 2 }),
  'no-holds': refusalProblem({ reason: 'no-holds' }),
  'hold-lapsed': refusalProblem({
    reason: 'hold-lapsed',
    expiredAt: '2030-05-01T10:10:00.512Z',
    because: 'sold-out',
  }),
  'hold-released': refusalProblem({ reason: 'hold-released', releasedAt: '2030-05-01T10:04:00.000Z' }),
  'hold-confirmed': refusalProblem({ reason: 'hold-confirmed', purchaseId }),
  'hold-not-open': refusalProblem({ reason: 'hold-not-open' }),
  'confirmed-with-another-reference': refusalProblem({
    reason: 'confirmed-with-another-reference',
    reference: 'payment-4711',
  }),
  'extension-limit': refusalProblem({ reason: 'extension-limit', expiresAt: '2030-05-01T10:30:00.012Z' }),
  'no-waiting-list': refusalProblem({ reason: 'no-waiting-list' }),
  'waiting-list-full': refusalProblem({ reason: 'waiting-list-full' }),
  'tickets-left': refusalProblem({ reason: 'tickets-left' }),
  'not-waiting': refusalProblem({ reason: 'not-waiting' }),
  'already-offered': refusalProblem({ reason: 'already-offered', holdId: purchaseId }),
  'not-on-sale-yet': refusalProblem({ reason: 'not-on-sale-yet', salesOpenAt: '2030-06-01T10:00:00.000Z' }),
  'sales-closed': refusalProblem({ reason: 'sales-closed' }),
  'concert-cancelled': refusalProblem({ reason: 'concert-cancelled' }),
  'concert-exists': refusalProblem({ reason: 'concert-exists' }),
  'capacity-below-sold': refusalProblem({ reason: 'capacity-below-sold', sold: 2, held: 1 }),
  'capacity-below-vip-seats': refusalProblem({ reason: 'capacity-below-vip-seats', vipSeats: 1 }),
  'payload-too-large': problem('payload-too-large', 'The body may have at most 16384 bytes.', {
    limit: 16_384,
  }),
  'unsupported-media-type': problem('unsupported-media-type', 'Send the body as application/json in UTF-8.'),
  'key-reused': refusalProblem({ reason: 'key-reused' }),
  'no-offer-seconds': refusalProblem({ reason: 'no-offer-seconds' }),
  'mode-needs-redis': refusalProblem({ reason: 'mode-needs-redis', purchaseMode: 'queue' }),
  'too-many-requests': tooManyRequests('customer', 7),
  'headers-too-large': problem('headers-too-large', 'Send fewer or shorter headers.'),
  internal: problem('internal', 'This is a fault of the service, not of the request. It has been logged.'),
  busy: notNowProblem({ kind: 'busy', retryAfterSeconds: 1 }),
  unavailable: notNowProblem({ kind: 'unavailable', problem: '', retryAfterSeconds: 2 }),
  'not-yet-visible': problem(
    'not-yet-visible',
    'The read model has not got to revision 30 yet. Ask again, or with a longer Prefer: wait.',
    { minRevision: '30' },
  ),
};
