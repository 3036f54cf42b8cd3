import { z } from 'zod';
import { purchaseModes } from '../../domain/purchase-mode.js';
import { momentWords, parseMoment } from '../../replay/time-travel/moment.js';

/** The shapes of requests. A field that is not known is refused: it is a typo, and silence would hide it. */

/** As many tickets as a process was shown to sell and to audit in its default memory: see docs/operations.md. */
const MAX_CAPACITY = 1_000_000;
const MAX_QUANTITY = 100;
const MAX_REVISION = 2n ** 63n - 1n;

type Issue = { readonly input?: unknown };
const says = (text: string) => (issue: Issue) => (issue.input === undefined ? 'is missing' : text);

function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .number({ error: says(error) })
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, { error, abort: true });
}

/** Text that a person can see and Postgres can store: no control characters, no half surrogate pairs. */
function text(max: number, unwanted: RegExp, error: string) {
  return z
    .string({ error: says(error) })
    .max(max, { error, abort: true })
    .refine((value) => value.trim() === value && value !== '' && !unwanted.test(value), { error });
}

const concertName = text(
  200,
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u,
  'must be text of 1 to 200 characters on one line, with no space around it',
);

const longestCustomerId = 128;
const customerIdError = `must be 1 to ${longestCustomerId} characters of visible text, with no space around it`;

/** What shows nothing, or shows a plain space and is none; U+2800 and U+1D159 are blank by their shape alone. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]|[^\S ]/u;

/**
 * A customer's id, in Unicode's form NFC: two that look the same because their accents are written differently are one.
 * One with a character that cannot be seen is refused, since it looks like another and would have a limit of its own.
 */
export const customerId = z
  .string({ error: says(customerIdError) })
  // Form NFC is at most three times as long; what is far too long need not be brought into it.
  .max(3 * longestCustomerId, { error: customerIdError, abort: true })
  .transform((value) => value.normalize('NFC'))
  .refine((value) => value !== '' && value.trim() === value && value.length <= longestCustomerId, {
    error: customerIdError,
    abort: true,
  })
  .refine((value) => !invisible.test(value), {
    error: ({ input }) =>
      `${customerIdError}; ${codePoint(invisible.exec(String(input))?.[0])} cannot be seen`,
  });

const codePoint = (character = ''): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

const instantError = 'must be a time with its zone, like 2030-06-01T20:00:00Z, in the years 1970 to 9999';
const earliest = Date.parse('1970-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** ISO 8601 with a zone, kept as UTC; absent and null mean none. */
const instant = z.iso
  .datetime({ offset: true, error: instantError, abort: true })
  .refine((value) => Date.parse(value) >= earliest && Date.parse(value) <= latest, {
    error: instantError,
    abort: true,
  })
  .transform((value) => new Date(value).toISOString())
  .nullish()
  .transform((value) => value ?? null);

const object = { error: 'must be a JSON object' };

export const scheduleBody = z
  .strictObject(
    {
      name: concertName,
      capacity: integer(1, MAX_CAPACITY),
      vipSeats: integer(0, MAX_CAPACITY),
      ticketsPerCustomer: integer(1, MAX_CAPACITY).default(1),
      salesOpenAt: instant,
      salesCloseAt: instant,
      startsAt: instant,
      purchaseMode: z
        .enum(purchaseModes, { error: `must be one of ${purchaseModes.join(', ')}` })
        .nullish()
        .transform((mode) => mode ?? null),
    },
    object,
  )
  .refine(({ vipSeats, capacity }) => vipSeats <= capacity, {
    path: ['vipSeats'],
    error: 'must not be more than capacity',
  })
  .refine(
    ({ salesOpenAt, salesCloseAt }) =>
      salesOpenAt === null || salesCloseAt === null || salesOpenAt < salesCloseAt,
    { path: ['salesCloseAt'], error: 'must be later than salesOpenAt' },
  );

export const changeBody = z
  .strictObject(
    {
      capacity: integer(1, MAX_CAPACITY).exactOptional(),
      status: z.enum(['closed', 'cancelled'], { error: 'must be "closed" or "cancelled"' }).exactOptional(),
    },
    object,
  )
  .refine(({ capacity, status }) => capacity !== undefined || status !== undefined, {
    error: 'must name a capacity, a status or both',
  });

export const purchaseBody = z.strictObject(
  { customerId, quantity: integer(1, MAX_QUANTITY).default(1) },
  object,
);

export const emptyBody = z.strictObject({}, object);

const decimal = (error: string, max: bigint, min = 0n) =>
  z
    .string({ error })
    .regex(/^\d{1,19}$/, { error, abort: true })
    .transform(BigInt)
    .refine((value) => value >= min && value <= max, { error });

const limit = decimal('must be a whole number from 1 to 1000', 1000n, 1n).transform(Number).default(100);

const revision = (error: string) => decimal(error, MAX_REVISION);

const minRevision = revision('must be a revision, as an answer to a command gave it').exactOptional();

const cursor = z
  .string({ error: 'must be given once' })
  .min(1, { error: 'must be what an earlier page gave as next' })
  .max(512, { error: 'must be what an earlier page gave as next' })
  .nullable()
  .default(null);

/** The state as it was, for which there is nothing to wait. */
const at = z
  .string({ error: `must be ${momentWords}` })
  .transform((value, context) => {
    const moment = parseMoment(value);
    if (moment === null) context.addIssue(`must be ${momentWords}`);
    return moment ?? z.NEVER;
  })
  .exactOptional();

export const noQuery = z.strictObject({});
export const showQuery = z
  .strictObject({ minRevision, at })
  .refine(({ minRevision, at }) => minRevision === undefined || at === undefined, {
    path: ['at'],
    error: 'must not be given with minRevision',
  });
export const freshQuery = z.strictObject({ minRevision });
export const pageQuery = z.strictObject({ cursor, limit });
export const freshPageQuery = z.strictObject({ cursor, limit, minRevision });
export const eventsQuery = z.strictObject({
  cursor: revision('must be what an earlier page gave as next, or a revision to begin with').default(0n),
  limit,
});
