import { customer } from '../../access/guards.js';
import { mayActFor, scopedKey } from '../../access/principal.js';
import { failureProblem } from '../../problems/failure.js';
import { forbidden, ticketRefusals } from '../../problems/refusals.js';
import { confirmedHold, endedHold, holdView, openHold } from '../../reading/hold-view.js';
import { ticketView } from '../../reading/views.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/hold-examples.js';
import * as replies from '../../schemas/hold-replies.js';
import { confirmationBody, emptyBody, freshQuery, purchaseBody } from '../../schemas/requests.js';
import { findHold, requireOwnHold } from './find-hold.js';

const tag = 'Holds';

const hold = route(
  'POST',
  '/concerts/:concertId/holds',
  {
    id: 'holdTickets',
    guard: customer,
    countsAsPurchase: true,
    tag,
    summary: 'Hold tickets',
    description:
      'Takes tickets out of the stock for `holdSeconds`, all or nothing, so that the customer can pay for them. Confirm the hold, or it expires. A repeat with the same key is answered with the hold as it is now, with `Idempotent-Replayed: true`.',
    headers: ['idempotencyKey'],
    body: { schema: purchaseBody, example: { customerId: 'ada', quantity: 2 } },
    replies: {
      201: json('Held. For a repeat, what has become of the hold.', replies.shownHold, examples.open, [
        'Location',
        'Idempotency-Key',
        'Idempotent-Replayed',
      ]),
    },
    problems: ['no-holds', ...ticketRefusals],
  },
  async (request, { commands, metrics, logger }) => {
    const { concertId } = request.params;
    const { customerId, quantity } = request.body;
    const { principal } = request;
    if (!mayActFor(principal, customerId)) return forbidden;
    const outcome = await commands.holds.hold({
      ...{ concertId, customerId, quantity },
      idempotencyKey: scopedKey(principal, request.headers.idempotencyKey),
      arrivedAt: request.arrivedAt.toISOString(),
    });
    metrics.holds.labels('hold', labelOf(outcome)).inc();
    if (outcome.kind === 'refused' || outcome.kind === 'busy' || outcome.kind === 'unavailable') {
      return failureProblem(outcome, logger, request);
    }
    if (outcome.kind !== 'held') request.setHeader('Idempotent-Replayed', 'true');
    const holdId = outcome.kind === 'bought' ? outcome.purchase.purchaseId : outcome.hold.holdId;
    request.setHeader('Location', `/concerts/${concertId}/holds/${holdId}`);
    if (outcome.kind === 'bought') return { status: 201, body: confirmedHold(concertId, outcome.purchase) };
    const isOpen = outcome.hold.status === 'open';
    return { status: 201, body: (isOpen ? openHold : endedHold)(concertId, outcome.hold) };
  },
);

const confirm = route(
  'POST',
  '/concerts/:concertId/holds/:holdId/confirmation',
  {
    id: 'confirmHold',
    guard: customer,
    tag,
    summary: 'Confirm a hold',
    description:
      'Makes the hold a purchase with the same id. It is in time if it arrives before `expiresAt`. A late one gets tickets too if the public could buy them now; otherwise it is refused as `hold-lapsed`, for good: refund the payment. The `reference` names the confirmation: the same one again is a repeat.',
    body: { schema: confirmationBody, example: { reference: 'payment-4711' } },
    replies: {
      201: json('Sold. The sale is in the log.', replies.confirmation, examples.confirmed, [
        'Location',
        'Idempotent-Replayed',
      ]),
    },
    problems: [
      'hold-lapsed',
      'hold-released',
      'confirmed-with-another-reference',
      'concert-cancelled',
      'busy',
      'unavailable',
    ],
  },
  async (request, api) => {
    const { commands, metrics, logger } = api;
    const { concertId, holdId } = request.params;
    await requireOwnHold(api, request.params, request.principal);
    const { reference } = request.body;
    const arrivedAt = request.arrivedAt.toISOString();
    const outcome = await commands.holds.confirm({ concertId, holdId, reference, arrivedAt });
    metrics.holds.labels('confirm', labelOf(outcome)).inc();
    if (outcome.kind !== 'confirmed' && outcome.kind !== 'replayed') {
      return failureProblem(outcome, logger, request);
    }
    if (outcome.kind === 'replayed') request.setHeader('Idempotent-Replayed', 'true');
    request.setHeader('Location', `/concerts/${concertId}/purchases/${holdId}`);
    const { purchaseId, customerId, tickets, revision } = outcome.purchase;
    return {
      status: 201,
      body: {
        ...{ purchaseId, concertId, customerId, reference, tickets: tickets.map(ticketView) },
        late: outcome.kind === 'confirmed' && outcome.late,
        revision: String(revision),
      },
    };
  },
);

const extend = route(
  'POST',
  '/concerts/:concertId/holds/:holdId/extension',
  {
    id: 'extendHold',
    guard: customer,
    tag,
    summary: 'Extend a hold',
    description:
      'The time of the hold begins again: twice at most, and never beyond three times its length since it began. For a customer who is about to pay. Every request extends, a repeat too. The body may be left out.',
    body: { schema: emptyBody, example: {} },
    replies: { 200: json('Extended.', replies.openHold, examples.extended) },
    problems: ['hold-not-open', 'extension-limit', 'concert-cancelled', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId, holdId } = request.params;
    await requireOwnHold(api, request.params, request.principal);
    const arrivedAt = request.arrivedAt.toISOString();
    const outcome = await api.commands.holds.extend({ concertId, holdId, arrivedAt });
    api.metrics.holds.labels('extend', labelOf(outcome)).inc();
    if (outcome.kind !== 'extended') return failureProblem(outcome, api.logger, request);
    return { status: 200, body: openHold(concertId, outcome.hold) };
  },
);

const release = route(
  'POST',
  '/concerts/:concertId/holds/:holdId/release',
  {
    id: 'releaseHold',
    guard: customer,
    tag,
    summary: 'Release a hold',
    description:
      'Its tickets and VIP seats go to waiting customers, or back on sale. Releasing twice is releasing once; a hold that has expired is answered as such. The body may be left out.',
    body: { schema: emptyBody, example: {} },
    replies: { 200: json('Its tickets are not held any more.', replies.endedHold, examples.released) },
    problems: ['hold-confirmed', 'concert-cancelled', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId, holdId } = request.params;
    await requireOwnHold(api, request.params, request.principal);
    const arrivedAt = request.arrivedAt.toISOString();
    const outcome = await api.commands.holds.release({ concertId, holdId, arrivedAt });
    api.metrics.holds.labels('release', labelOf(outcome)).inc();
    if (outcome.kind !== 'ended') return failureProblem(outcome, api.logger, request);
    return { status: 200, body: endedHold(concertId, outcome.hold) };
  },
);

const show = route(
  'GET',
  '/concerts/:concertId/holds/:holdId',
  {
    id: 'showHold',
    guard: customer,
    tag,
    summary: 'Show a hold',
    description:
      'What has become of it, read from the log: never older than the answer to any command before. Beyond `expiresAt` a hold is `open` until its expiry is in the log, up to a second later.',
    query: freshQuery,
    revalidates: true,
    replies: { 200: json('The hold.', replies.shownHold, examples.open) },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId, holdId } = request.params;
    const { concert, found } = await findHold(api, concertId, holdId, request);
    return { status: 200, body: holdView(concert, found) };
  },
);

/** What a command came to, as the label of a metric. */
export const labelOf = (outcome: {
  readonly kind: string;
  readonly refusal?: { readonly reason: string };
}): string => outcome.refusal?.reason ?? outcome.kind;

export const holdRoutes: readonly Route[] = [hold, confirm, extend, release, show];
