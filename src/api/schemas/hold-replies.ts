import { z } from 'zod';
import { revision, ticket } from './replies.js';

/** The shapes of replies about holds and the waiting list. */

const instant = z.iso.datetime();

const claim = {
  holdId: z.uuid().meta({ description: 'Also the id of the purchase that the hold becomes.' }),
  concertId: z.uuid(),
  customerId: z.string().meta({ examples: ['ada'] }),
  quantity: z.int().min(1),
  revision,
};

const reason = z
  .enum(['request', 'offer'])
  .meta({ description: '`offer`: the customer was on the waiting list, and tickets came back.' });

export const openHold = z
  .object({
    ...claim,
    status: z.literal('open'),
    reason,
    seats: z
      .array(z.string())
      .meta({ description: 'The VIP seats of the first tickets, as many as there were.' }),
    since: instant,
    expiresAt: instant.meta({ description: 'A confirmation has to arrive before this time.' }),
    extensionsLeft: z.int().min(0),
  })
  .meta({ id: 'OpenHold' });

export const endedHold = z
  .object({
    ...claim,
    status: z.enum(['expired', 'released', 'left']).meta({ description: '`left`: the waiting list.' }),
    reason,
    endedAt: instant,
  })
  .meta({ id: 'EndedHold', description: 'Its tickets are not held any more.' });

const confirmedHold = z
  .object({ ...claim, status: z.literal('confirmed'), reference: z.string(), tickets: z.array(ticket) })
  .meta({ id: 'ConfirmedHold', description: 'A purchase with the id of the hold.' });

export const waitingPlace = z
  .object({
    ...claim,
    status: z.literal('waiting'),
    since: instant,
    position: z.int().min(1).meta({ description: '1: the next for whom there is enough.' }),
  })
  .meta({ id: 'WaitingPlace' });

export const shownHold = z.union([openHold, endedHold, confirmedHold, waitingPlace]);

export const confirmation = z
  .object({
    purchaseId: z.uuid().meta({ description: 'The id of the hold.' }),
    concertId: z.uuid(),
    customerId: z.string(),
    reference: z.string(),
    tickets: z.array(ticket),
    late: z.boolean().meta({
      description:
        'The hold had expired, and there were still tickets. False in a repeat, which does not know.',
    }),
    revision,
  })
  .meta({ id: 'Confirmation' });
