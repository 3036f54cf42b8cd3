import { z } from 'zod';
import { momentWords, parseMoment } from '../../replay/time-travel/moment.js';

/** The kinds of values that requests and replies are made of. */

const MAX_REVISION = 2n ** 63n - 1n;

type Issue = { readonly input?: unknown };
const says = (text: string) => (issue: Issue) => (issue.input === undefined ? 'is missing' : text);

/** A whole number of a JSON body, with one error text whatever is wrong with it. */
export function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .number({ error: says(error) })
    .int({ error, abort: true })
    .min(min, { error, abort: true })
    .max(max, { error, abort: true });
}

/** Text that a person can see and Postgres can store: no control characters, no half surrogate pairs. */
function text(max: number, unwanted: RegExp, error: string) {
  return z
    .string({ error: says(error) })
    .min(1, { error, abort: true })
    .max(max, { error, abort: true })
    .refine((value) => value.trim() === value && !unwanted.test(value), { error });
}

export const concertName = text(
  200,
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u,
  'must be text of 1 to 200 characters on one line, with no space around it',
);

const longestCustomerId = 128;
const customerIdError = `must be 1 to ${longestCustomerId} characters of visible text, with no space around it`;

/** Characters that show nothing, or that show a plain space and are none; U+2800 and U+1D159 are blank by their shape alone. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]|[^\S ]/u;

/**
 * A customer's id, in Unicode's form NFC: two ids that look the same because their accents are encoded differently are one.
 * An id with an invisible character is refused, since it looks like another id and would have a limit of its own.
 */
export const customerId = z
  .string({ error: says(customerIdError) })
  // Form NFC is at most three times as long; an id that is far too long need not be normalised.
  .max(3 * longestCustomerId, { error: customerIdError, abort: true })
  .transform((value) => value.normalize('NFC'))
  .refine((value) => value !== '' && value.trim() === value && value.length <= longestCustomerId, {
    error: customerIdError,
    abort: true,
  })
  .refine((value) => !invisible.test(value), {
    error: ({ input }) =>
      `${customerIdError}; ${codePoint(invisible.exec(String(input))?.[0])} cannot be seen`,
  })
  .meta({
    description:
      'Visible text with no space around it, compared and returned in Unicode’s form NFC. An invisible character (zero-width, filler, direction mark, a space other than the plain one) is refused.',
    minLength: 1,
    maxLength: longestCustomerId,
    examples: ['ada'],
  });

const codePoint = (character = ''): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

const instantError = 'must be a time with its zone, like 2030-06-01T20:00:00Z, in the years 1970 to 9999';
const earliest = Date.parse('1970-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** ISO 8601 with a zone, kept as UTC; absent and null mean none. */
export const optionalInstant = z.iso
  .datetime({ offset: true, error: instantError, abort: true })
  .refine((value) => Date.parse(value) >= earliest && Date.parse(value) <= latest, {
    error: instantError,
    abort: true,
  })
  .transform((value) => new Date(value).toISOString())
  .nullish()
  .transform((value) => value ?? null);

/** A whole number as a query parameter. */
const decimal = (error: string, max: bigint, min = 0n) =>
  z
    .string({ error })
    .regex(/^\d{1,19}$/, { error, abort: true })
    .transform(BigInt)
    .refine((value) => value >= min && value <= max, { error });

export const pageLimit = decimal('must be a whole number from 1 to 1000', 1000n, 1n)
  .transform(Number)
  .prefault('100')
  .meta({
    description: 'The most items of a page.',
    type: 'integer',
    minimum: 1,
    maximum: 1000,
  });

/** A whole number as a query parameter that may be left out. */
export const optionalNumber = (min: number, max: number) =>
  decimal(`must be a whole number from ${min} to ${max}`, BigInt(max), BigInt(min))
    .transform(Number)
    .exactOptional()
    .meta({ type: 'integer', minimum: min, maximum: max });

/** A revision as a query parameter. */
export const revisionParameter = (error: string) => decimal(error, MAX_REVISION);

/** A revision, or a time by which the store recorded events. */
export const moment = z
  .string({ error: `must be ${momentWords}` })
  .transform((value, context) => {
    const parsed = parseMoment(value);
    if (parsed === null) context.addIssue(`must be ${momentWords}`);
    return parsed ?? z.NEVER;
  })
  .meta({ description: `The concert as it was: ${momentWords}.`, examples: ['120', '2030-06-01T20:00:00Z'] });
