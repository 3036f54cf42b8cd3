import { z } from 'zod';
import { purchaseModes } from '../../domain/purchase-mode.js';
import { concertId, count } from './reply-fields.js';

/** The shapes of replies about concerts and purchases. Ids and revisions are strings (revisions have 64 bits), times are ISO 8601 in UTC. */

export const revision = z
  .string()
  .regex(/^\d+$/)
  .meta({ description: 'The place of the last event concerned, in the concert’s log.', examples: ['3'] });
const purchaseId = z.uuid();
const customerId = z.string().meta({ examples: ['ada'] });
const instant = z.iso.datetime();
const instantOrNull = instant.nullable();

export const ticket = z
  .object({
    number: z.int().min(1),
    vip: z.boolean(),
    seat: z.string().nullable().meta({ description: 'The VIP seat.' }),
  })
  .meta({ id: 'Ticket' });

const concertFields = {
  concertId,
  name: z.string(),
  capacity: count,
  sold: count.meta({ description: 'Tickets sold and not released.' }),
  held: count.meta({ description: 'Tickets in open holds.' }),
  remaining: z.int().meta({
    description: 'Tickets neither sold nor held. Negative where mode `unsafe` has oversold.',
  }),
  vipSeats: count,
  vipRemaining: count,
  ticketsPerCustomer: z.int().min(1),
  salesOpenAt: instantOrNull,
  salesCloseAt: instantOrNull,
  startsAt: instantOrNull,
  purchaseMode: z.enum(purchaseModes).nullable(),
  holdSeconds: count
    .nullable()
    .meta({ description: 'How long tickets are held on request; null: they are not.' }),
  waitingList: z.boolean().meta({ description: 'Whether customers can wait for tickets that come back.' }),
  offerSeconds: count.nullable().meta({
    description: 'How long tickets are held for a customer who waited for them; null: none are offered.',
  }),
  status: z.enum(['scheduled', 'closed', 'cancelled']),
  revision,
};

export const concert = z
  .object({
    ...concertFields,
    scheduledAt: instant
      .exactOptional()
      .meta({ description: 'Absent where the answer is made from the log.' }),
  })
  .meta({ id: 'Concert' });

export const concertAt = z
  .object({
    ...concertFields,
    recordedAt: instantOrNull.meta({ description: 'When the store recorded the last event of this state.' }),
  })
  .meta({ id: 'ConcertAt' });

const owner = z
  .object({
    process: z.string().exactOptional().meta({
      description:
        'Host, process id and some letters, as `onsale owners` prints them. Absent where access is by token.',
    }),
    since: instant,
    waiting: count.meta({ description: 'Purchases in the concert’s queue.' }),
  })
  .meta({ id: 'ConcertOwner', description: 'The process that decides purchases of the concert.' });

const ownedConcert = concert
  .extend({
    owner: owner
      .nullable()
      .exactOptional()
      .meta({ description: 'Null: no process owns the concert. Absent: Redis did not say.' }),
  })
  .meta({ id: 'OwnedConcert' });

export const shownConcert = z.union([concertAt, ownedConcert]);

export const receipt = z
  .object({ purchaseId, concertId, customerId, tickets: z.array(ticket), revision })
  .meta({ id: 'Receipt' });

const position = z
  .int()
  .min(0)
  .meta({ description: 'The number of purchases served up to and with this one, at most.' });

export const place = z
  .object({ purchaseId, concertId, customerId, status: z.literal('queued'), position })
  .meta({ id: 'PlaceInQueue' });

export const cancelledPurchase = z
  .object({
    purchaseId,
    concertId,
    customerId,
    status: z.literal('cancelled'),
    releasedTickets: z.array(ticket),
    revision,
  })
  .meta({ id: 'Cancellation' });

export const problemBody = z
  .looseObject({
    type: z.string().meta({ description: 'Stable, and the path of a page that says what it means.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong with this request, and what to do about it.' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Some types have more members.' });

export const purchase = z
  .object({
    purchaseId,
    concertId,
    customerId,
    idempotencyKey: z.string(),
    quantity: z.int().min(1),
    tickets: z.array(ticket),
    status: z.enum(['live', 'cancelled']),
    arrivedAt: instant.exactOptional(),
    purchasedAt: instant.exactOptional(),
    cancelledAt: instantOrNull.exactOptional(),
    revision,
  })
  .meta({ id: 'Purchase', description: 'Without times where the answer is made from the log.' });

const queuedPurchase = place.omit({ customerId: true }).meta({ id: 'QueuedPurchase' });

const refusedPurchase = z
  .object({ purchaseId, concertId, status: z.literal('refused'), problem: problemBody })
  .meta({ id: 'RefusedPurchase' });

export const shownPurchase = z.union([purchase, queuedPurchase, refusedPurchase]);

export const stock = z
  .object({ remaining: z.int(), held: count, revision, source: z.enum(['cache', 'read-model', 'log']) })
  .meta({ id: 'Stock' });

const soldTicket = z
  .object({
    ...ticket.shape,
    customerId,
    purchaseId,
    status: z.enum(['live', 'released']),
    reservedAt: instant,
    releasedAt: instantOrNull,
    revision,
  })
  .meta({ id: 'SoldTicket' });

const salesInSecond = z
  .object({ second: instant, sold: count, released: count })
  .meta({ id: 'SalesInSecond' });

const loggedEvent = z
  .object({
    type: z.string(),
    revision,
    recordedAt: instant,
    data: z.unknown().meta({
      description: 'In today’s shape; as it was stored where this version cannot read it.',
    }),
  })
  .meta({ id: 'LoggedEvent' });

const pageOf = <Item extends z.ZodType>(id: string, item: Item) =>
  z
    .object({
      items: z.array(item),
      next: z.string().nullable().meta({ description: '`cursor` of the next page; null on the last.' }),
    })
    .meta({ id });

export const concertPage = pageOf('ConcertPage', concert);
export const ticketPage = pageOf('TicketPage', soldTicket);
export const salesPage = pageOf('SalesPage', salesInSecond);
export const eventPage = pageOf('EventPage', loggedEvent);
export const purchasePage = pageOf('PurchasePage', purchase);
