import { z } from 'zod';
import { purchaseModes } from '../../domain/purchase-mode.js';
import {
  concertName,
  customerId,
  integer,
  moment,
  optionalInstant,
  optionalNumber,
  pageLimit,
  revisionParameter,
} from './scalars.js';

/** The shapes of requests. An unknown field is refused: it is a typo, and silence would hide it. */

/** As many tickets as a process was shown to sell and to audit in its default memory: see docs/operations.md. */
const MAX_CAPACITY = 1_000_000;
const MAX_QUANTITY = 100;

const object = { error: 'must be a JSON object' };

const capacity = integer(1, MAX_CAPACITY).meta({ description: 'The tickets for sale.', examples: [3] });

const longestHoldSeconds = 7 * 86_400;

const secondsOrNull = integer(1, longestHoldSeconds).nullable();
const seconds = secondsOrNull.optional().transform((value) => value ?? null);

export const scheduleBody = z
  .strictObject(
    {
      name: concertName.meta({ examples: ['Arooj Aftab'] }),
      capacity,
      vipSeats: integer(0, MAX_CAPACITY).meta({
        description: 'The first tickets sold get a VIP seat, this many of them; not more than `capacity`.',
        examples: [1],
      }),
      ticketsPerCustomer: integer(1, MAX_CAPACITY)
        .default(1)
        .meta({ description: 'The most tickets that one customer may hold.', examples: [2] }),
      salesOpenAt: optionalInstant.meta({
        description: 'Null or absent: sales are open from the start.',
        examples: ['2030-06-01T10:00:00Z'],
      }),
      salesCloseAt: optionalInstant.meta({
        description: 'Null or absent: sales stay open. Later than `salesOpenAt`.',
        examples: ['2030-06-01T18:00:00Z'],
      }),
      startsAt: optionalInstant.meta({ examples: ['2030-06-01T20:00:00Z'] }),
      purchaseMode: z
        .enum(purchaseModes, { error: `must be one of ${purchaseModes.join(', ')}` })
        .nullish()
        .transform((mode) => mode ?? null)
        .meta({
          description: 'How purchases are carried out. Null or absent: as the service is configured.',
        }),
      holdSeconds: seconds.meta({
        description:
          'How long tickets are held for a customer who asks for that. Null or absent: they cannot be held.',
        examples: [600],
      }),
      waitingList: z.boolean({ error: 'must be true or false' }).default(false).meta({
        description: 'Whether customers can wait for tickets that come back. Needs `offerSeconds`.',
      }),
      offerSeconds: seconds.meta({
        description:
          'How long tickets are held for a customer who waited for them. Null or absent: none are offered.',
        examples: [900],
      }),
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
  )
  .refine(({ waitingList, offerSeconds }) => !waitingList || offerSeconds !== null, {
    path: ['offerSeconds'],
    error: 'is needed with a waiting list',
  });

export const changeBody = z
  .strictObject(
    {
      capacity: capacity
        .exactOptional()
        .meta({ description: 'Not below the tickets sold, nor below the VIP seats.' }),
      status: z
        .enum(['closed', 'cancelled'], { error: 'must be "closed" or "cancelled"' })
        .exactOptional()
        .meta({ description: 'Closed: no more sales. Cancelled: the concert does not take place.' }),
      holdSeconds: secondsOrNull.exactOptional().meta({
        description: 'For holds from now on, and extensions. Null: no more tickets are held on request.',
      }),
      waitingList: z
        .boolean({ error: 'must be true or false' })
        .exactOptional()
        .meta({ description: 'False: nobody joins any more, and nothing is offered to waiting customers.' }),
      offerSeconds: secondsOrNull.exactOptional().meta({ description: 'For offers from now on.' }),
    },
    object,
  )
  .refine((change) => Object.keys(change).length > 0, { error: 'must name something to change' })
  .meta({ minProperties: 1 });

export const purchaseBody = z.strictObject(
  {
    customerId,
    quantity: integer(1, MAX_QUANTITY)
      .default(1)
      .meta({ description: 'All of them or none are sold.', examples: [2] }),
  },
  object,
);

const referenceError = 'must be 1 to 255 characters of visible ASCII';

export const confirmationBody = z.strictObject(
  {
    reference: z
      .string({ error: referenceError })
      .regex(/^[\x21-\x7e]{1,255}$/, { error: referenceError })
      .meta({
        description:
          'Names the confirmation: the id of the payment, for instance. The same one again is a repeat.',
        examples: ['payment-4711'],
      }),
  },
  object,
);

/** A command that is told everything by its path: the body may be left out. */
export const emptyBody = z.strictObject({}, object).optional();

const minRevision = revisionParameter('must be a revision, as an answer to a command gave it')
  .exactOptional()
  .meta({
    description:
      'The `revision` of the answer to a command: the query waits until the read model has got there, for as long as `Prefer: wait` says.',
    examples: ['3'],
  });

const cursor = z
  .string({ error: 'must be given once' })
  .min(1, { error: 'must be what an earlier page gave as next' })
  .max(512, { error: 'must be what an earlier page gave as next' })
  .optional()
  .transform((text) => text ?? null)
  .meta({ description: 'The `next` of the page before. Absent for the first page.' });

export const noQuery = z.strictObject({});
/** For probes, which proxies and monitors ask with parameters of their own. */
export const anyQuery = z.looseObject({});
export const showQuery = z
  .strictObject({ minRevision, at: moment.exactOptional() })
  .refine(({ minRevision, at }) => minRevision === undefined || at === undefined, {
    path: ['at'],
    error: 'must not be given with minRevision',
  });
export const freshQuery = z.strictObject({ minRevision });
export const keyQuery = z.strictObject({
  minRevision,
  idempotencyKey: z
    .string({ error: 'must be given once' })
    .regex(/^[\x20-\x7e]{1,255}$/, { error: 'must be 1 to 255 characters of visible ASCII' })
    .meta({ description: 'The key itself, without quotes around it.', examples: ['ada-1'] }),
});
export const whatIfQuery = z.strictObject({
  capacity: optionalNumber(1, MAX_CAPACITY),
  vipSeats: optionalNumber(0, MAX_CAPACITY),
  ticketsPerCustomer: optionalNumber(1, MAX_CAPACITY),
  holdSeconds: optionalNumber(1, longestHoldSeconds),
  offerSeconds: optionalNumber(1, longestHoldSeconds),
});
export const pageQuery = z.strictObject({ cursor, limit: pageLimit });
export const freshPageQuery = z.strictObject({ cursor, limit: pageLimit, minRevision });
export const eventsQuery = z.strictObject({
  cursor: revisionParameter('must be what an earlier page gave as next, or a revision to begin with')
    .prefault('0')
    .meta({ description: 'The revision of the first event of the page: the `next` of the page before.' }),
  limit: pageLimit,
});
