import { customer } from '../../access/guards.js';
import { mayActFor, scopedKey } from '../../access/principal.js';
import { failureProblem } from '../../problems/failure.js';
import { forbidden } from '../../problems/refusals.js';
import { endedHold, holdView } from '../../reading/hold-view.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/hold-examples.js';
import * as replies from '../../schemas/hold-replies.js';
import { freshQuery, purchaseBody } from '../../schemas/requests.js';
import { findHold, requireOwnHold } from './find-hold.js';
import { labelOf } from './holds.js';

const tag = 'Waiting list';

const join = route(
  'POST',
  '/concerts/:concertId/waiting-list',
  {
    id: 'joinWaitingList',
    guard: customer,
    tag,
    summary: 'Join the waiting list',
    description:
      'For tickets that cannot be had now. Tickets that become free are offered in order of joining, to the first for whom there is enough, as a hold with the id of the place: it is then shown as `open`, and has to be confirmed within `offerSeconds`. A repeat with the same key is answered with the place, or the offer, as it is now.',
    headers: ['idempotencyKey'],
    body: { schema: purchaseBody, example: { customerId: 'bob', quantity: 2 } },
    replies: {
      201: json(
        'On the list. For a repeat, what has become of the place.',
        replies.shownHold,
        examples.waiting,
        ['Location', 'Idempotency-Key', 'Idempotent-Replayed'],
      ),
    },
    problems: [
      'no-waiting-list',
      'waiting-list-full',
      'tickets-left',
      'limit-reached',
      'not-on-sale-yet',
      'sales-closed',
      'concert-cancelled',
      'key-reused',
      'unknown-hold',
      'busy',
      'unavailable',
    ],
  },
  async (request, api) => {
    const { commands, metrics, logger } = api;
    const { concertId } = request.params;
    const { customerId, quantity } = request.body;
    const { principal } = request;
    if (!mayActFor(principal, customerId)) return forbidden;
    const outcome = await commands.holds.joinWaitingList({
      ...{ concertId, customerId, quantity },
      idempotencyKey: scopedKey(principal, request.headers.idempotencyKey),
      arrivedAt: request.arrivedAt.toISOString(),
    });
    metrics.holds.labels('join', labelOf(outcome)).inc();
    if (outcome.kind === 'refused' || outcome.kind === 'busy' || outcome.kind === 'unavailable') {
      return failureProblem(outcome, logger, request);
    }
    if (outcome.kind !== 'joined') request.setHeader('Idempotent-Replayed', 'true');
    const holdId = outcome.kind === 'bought' ? outcome.purchase.purchaseId : outcome.hold.holdId;
    request.setHeader('Location', `/concerts/${concertId}/waiting-list/${holdId}`);
    const { concert, found } = await findHold(api, concertId, holdId, { principal, query: {} });
    return { status: 201, body: holdView(concert, found) };
  },
);

const show = route(
  'GET',
  '/concerts/:concertId/waiting-list/:holdId',
  {
    id: 'showPlace',
    guard: customer,
    tag,
    summary: 'Show a place in the waiting list',
    description:
      'The position as the log has it now: others may leave or be served at any time, and a group that is too large for the tickets that became free is passed over. `open` once tickets are offered.',
    query: freshQuery,
    revalidates: true,
    replies: { 200: json('The place, or what has become of it.', replies.shownHold, examples.waiting) },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId, holdId } = request.params;
    const { concert, found } = await findHold(api, concertId, holdId, request);
    return { status: 200, body: holdView(concert, found) };
  },
);

const leave = route(
  'DELETE',
  '/concerts/:concertId/waiting-list/:holdId',
  {
    id: 'leaveWaitingList',
    guard: customer,
    tag,
    summary: 'Leave the waiting list',
    description: 'Leaving twice is leaving once. An offer is not on the list any more: release it instead.',
    replies: { 200: json('Left.', replies.endedHold, examples.left) },
    problems: ['concert-cancelled', 'not-waiting', 'already-offered', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId, holdId } = request.params;
    await requireOwnHold(api, request.params, request.principal);
    const arrivedAt = request.arrivedAt.toISOString();
    const outcome = await api.commands.holds.leaveWaitingList({ concertId, holdId, arrivedAt });
    api.metrics.holds.labels('leave', labelOf(outcome)).inc();
    if (outcome.kind !== 'left') return failureProblem(outcome, api.logger, request);
    return { status: 200, body: endedHold(concertId, outcome.hold) };
  },
);

export const waitingListRoutes: readonly Route[] = [join, show, leave];
