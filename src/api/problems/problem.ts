/**
 * All problem types, as clients see them (RFC 9457). The name is the last part of `type`, a contract: names stay as they are,
 * new ones may be added. `type` is the path of a page that says what the name means.
 */
export const catalogue = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'The request has no valid token or key' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'unknown-concert': { status: 404, title: 'There is no such concert' },
  'unknown-purchase': { status: 404, title: 'There is no such purchase' },
  'unknown-hold': { status: 404, title: 'There is no such hold, or place in the waiting list' },
  'not-found': { status: 404, title: 'There is nothing at this path' },
  'method-not-allowed': { status: 405, title: 'This path does not take this method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'sold-out': { status: 409, title: 'Sold out' },
  'all-held': { status: 409, title: 'Every ticket that is not sold is on hold' },
  'not-enough-left': { status: 409, title: 'Fewer tickets are left than were asked for' },
  'limit-reached': { status: 409, title: 'More tickets than one customer may have' },
  'no-holds': { status: 409, title: 'Tickets of this concert cannot be held' },
  'hold-lapsed': { status: 409, title: 'The hold has expired, and its tickets are gone' },
  'hold-released': { status: 409, title: 'The hold was released' },
  'hold-confirmed': { status: 409, title: 'The hold was confirmed' },
  'hold-not-open': { status: 409, title: 'The hold has ended' },
  'confirmed-with-another-reference': {
    status: 409,
    title: 'The hold was confirmed with another reference',
  },
  'extension-limit': { status: 409, title: 'The hold cannot be extended any further' },
  'no-waiting-list': { status: 409, title: 'The concert has no waiting list' },
  'waiting-list-full': { status: 409, title: 'The waiting list is full' },
  'tickets-left': { status: 409, title: 'The tickets can be had now' },
  'not-waiting': { status: 409, title: 'Nobody waits at this place any more' },
  'already-offered': { status: 409, title: 'Tickets were offered' },
  'not-on-sale-yet': { status: 409, title: 'Sales have not opened yet' },
  'sales-closed': { status: 409, title: 'Sales are closed' },
  'concert-cancelled': { status: 409, title: 'The concert is cancelled' },
  'concert-exists': { status: 409, title: 'The concert exists with other terms' },
  'capacity-below-sold': { status: 409, title: 'More tickets are sold than the capacity would allow' },
  'capacity-below-vip-seats': { status: 409, title: 'The capacity would be below the number of VIP seats' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON in UTF-8' },
  'key-reused': { status: 422, title: 'The Idempotency-Key belongs to another request' },
  'no-offer-seconds': { status: 422, title: 'A waiting list needs offerSeconds' },
  'mode-needs-redis': {
    status: 422,
    title: 'The purchase mode needs Redis, which this service does without',
  },
  'too-many-requests': { status: 429, title: 'More requests than this customer or address may send' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something is broken on this side' },
  busy: { status: 503, title: 'Too many buyers at once' },
  unavailable: { status: 503, title: 'The service cannot answer right now' },
  'not-yet-visible': { status: 503, title: 'The read model has not got that far yet' },
} as const;

export type ProblemName = keyof typeof catalogue;

export interface Problem {
  readonly name: ProblemName;
  /** What is wrong with this request, and what to do about it. It tells nothing internal. */
  readonly detail: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export const problem = (
  name: ProblemName,
  detail: string,
  extensions: Problem['extensions'] = {},
  headers: Problem['headers'] = {},
): Problem => ({ name, detail, extensions, headers });

/** A problem that is found in the middle of a function. Refusals, the common case in a sale, are returned, not thrown. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    super(problem.detail, options);
  }
}

/** Whether a problem of this name passes: its answer says when to try again. */
export const hasRetryAfter = (name: ProblemName): boolean =>
  catalogue[name].status === 429 || catalogue[name].status === 503 || name === 'all-held';

export const typeOf = <Name extends ProblemName>(name: Name) => `/problems/${name}` as const;

/** The problem as clients see it. */
export function present({ name, detail, extensions }: Problem, requestId: string) {
  const { status, title } = catalogue[name];
  return { type: typeOf(name), title, status, detail, requestId, ...extensions };
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
