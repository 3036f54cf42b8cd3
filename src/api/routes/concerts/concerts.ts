import type { ManageOutcome } from '../../../commands/outcome.js';
import { concertIdOf } from '../../../domain/ids.js';
import type { ProjectionName } from '../../../projections/models/projection.js';
import type { Page, PageRequest } from '../../../projections/queries/cursor.js';
import type { Moment } from '../../../replay/time-travel/moment.js';
import { stateAt } from '../../../replay/time-travel/state-at.js';
import { operator } from '../../access/guards.js';
import { failureProblem } from '../../problems/failure.js';
import { ProblemError } from '../../problems/problem.js';
import { unknownThen } from '../../problems/refusals.js';
import { concertInLog, findConcert } from '../../reading/find-concert.js';
import { askReadModel, orUnavailable } from '../../reading/or-unavailable.js';
import { ownerField } from '../../reading/owner-of.js';
import { linked } from '../../reading/page-link.js';
import { concertView, pageToJson, toJson } from '../../reading/views.js';
import { waitForRevision } from '../../reading/wait-for-revision.js';
import { json } from '../../routing/reply.js';
import { type Route, type RouteRequest, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';
import * as replies from '../../schemas/replies.js';
import { changeBody, freshPageQuery, pageQuery, scheduleBody, showQuery } from '../../schemas/requests.js';
import type { Api } from '../../services.js';

const tag = 'Concerts';

const schedule = route(
  'POST',
  '/concerts',
  {
    id: 'scheduleConcert',
    guard: operator,
    tag,
    summary: 'Schedule a concert',
    description:
      'The key names the concert: sending it again schedules nothing new, and with other terms it is refused as `concert-exists`.',
    headers: ['idempotencyKey'],
    body: {
      schema: scheduleBody,
      example: {
        name: 'Arooj Aftab',
        capacity: 3,
        vipSeats: 1,
        ticketsPerCustomer: 2,
        startsAt: '2030-06-01T22:00:00+02:00',
      },
    },
    replies: {
      201: json('Scheduled.', replies.concert, examples.scheduled, ['Location', 'Idempotency-Key']),
    },
    problems: ['concert-exists', 'mode-needs-redis', 'busy', 'unavailable', 'unknown-concert'],
  },
  async (request, api) => {
    const concertId = concertIdOf(request.headers.idempotencyKey);
    const outcome = await api.commands.schedule({ concertId, ...request.body });
    request.setHeader('Location', `/concerts/${concertId}`);
    const done = await managed(concertId, outcome, request, api);
    return 'name' in done ? done : { status: 201, body: done.view };
  },
);

const change = route(
  'PATCH',
  '/concerts/:concertId',
  {
    id: 'changeConcert',
    guard: operator,
    tag,
    summary: 'Change a concert',
    description: 'Capacity, status and the terms of holds: all or nothing.',
    body: { schema: changeBody, example: { capacity: 5, status: 'closed' } },
    replies: {
      200: json('The concert as it is now.', replies.concert, {
        ...examples.soldTwo,
        capacity: 5,
        remaining: 3,
        status: 'closed',
        revision: '5',
      }),
    },
    problems: [
      'capacity-below-sold',
      'capacity-below-vip-seats',
      'no-offer-seconds',
      'concert-cancelled',
      'busy',
      'unavailable',
    ],
  },
  async (request, api) => {
    const { concertId } = request.params;
    const outcome = await api.commands.change(concertId, request.body);
    const done = await managed(concertId, outcome, request, api);
    return 'name' in done ? done : { status: 200, body: done.view };
  },
);

/** The whole concert, as the log has it after the command. */
async function managed(
  concertId: string,
  outcome: ManageOutcome,
  request: { readonly requestId: string; readonly path: string },
  api: Api,
) {
  if (outcome.kind !== 'done') return failureProblem(outcome, api.logger, request);
  return { view: toJson(await concertInLog(api, concertId)) };
}

const list = route(
  'GET',
  '/concerts',
  {
    id: 'listConcerts',
    tag,
    summary: 'List concerts',
    description: 'In the order in which they were scheduled.',
    query: pageQuery,
    revalidates: true,
    replies: {
      200: json('A page of concerts.', replies.concertPage, { items: [examples.soldTwo], next: null }, [
        'Link',
      ]),
    },
    problems: ['unavailable'],
  },
  async (request, { queries }) => ({
    status: 200,
    body: linked(request, pageToJson(await askReadModel(queries.listConcerts(request.query)))),
  }),
);

const show = route(
  'GET',
  '/concerts/:concertId',
  {
    id: 'showConcert',
    tag,
    summary: 'Show a concert',
    description:
      'From the read model; from the log where that does not know the concert yet. With `at` as it was, from the log: 404 before there was one; four such reads at a time per process, 32 more wait for 5 s, else 503 `busy`. `owner` is the process that decides purchases of the concert in modes `batch` and `queue`; null while there is none, as half a minute after a sale, and absent when Redis does not say within 250 ms and in answers with `at`.',
    headers: ['waitSeconds'],
    query: showQuery,
    revalidates: true,
    replies: { 200: json('The concert.', replies.shownConcert, examples.owned) },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const { concertId } = request.params;
    const { at } = request.query;
    if (at !== undefined) return { status: 200, body: await concertAt(concertId, at, request.signal, api) };
    await waitForRevision(api.queries, 'concerts', concertId, request);
    const [{ view }, owner] = await Promise.all([findConcert(api, concertId), ownerField(api, concertId)]);
    return { status: 200, body: { ...toJson(view), ...owner } };
  },
);

/** The concert as it was, from the log. @throws {ProblemError} unknown-concert, busy, unavailable */
async function concertAt(concertId: string, at: Moment, signal: AbortSignal, api: Api) {
  const read = () => stateAt(api.log, concertId, at, signal);
  const { concert, recordedAt } = await orUnavailable(api.wholeLogReads.take(read, signal));
  const view = concertView(concert);
  if (view === null) throw new ProblemError(unknownThen);
  return { ...toJson(view), recordedAt: recordedAt?.toISOString() ?? null };
}

const tickets = route(
  'GET',
  '/concerts/:concertId/tickets',
  {
    id: 'listTickets',
    guard: operator,
    tag,
    summary: 'List the tickets sold',
    description: 'In the order in which they were sold, released ones among them.',
    headers: ['waitSeconds'],
    query: freshPageQuery,
    revalidates: true,
    replies: {
      200: json('A page of tickets.', replies.ticketPage, { items: [examples.soldTicket], next: 'WyIxIl0' }, [
        'Link',
      ]),
    },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const find = (page: PageRequest) => api.queries.tickets(request.params.concertId, page);
    return { status: 200, body: linked(request, pageToJson(await freshPage(request, api, 'tickets', find))) };
  },
);

const sales = route(
  'GET',
  '/concerts/:concertId/sales',
  {
    id: 'listSales',
    tag,
    summary: 'List sales per second',
    description: 'Tickets sold and released in each second; seconds without either are left out.',
    headers: ['waitSeconds'],
    query: freshPageQuery,
    revalidates: true,
    replies: {
      200: json(
        'A page of seconds.',
        replies.salesPage,
        {
          items: [{ second: '2030-05-01T10:00:00.000Z', sold: 2, released: 0 }],
          next: null,
        },
        ['Link'],
      ),
    },
    problems: ['not-yet-visible', 'busy', 'unavailable'],
  },
  async (request, api) => {
    const find = (page: PageRequest) => api.queries.salesPerSecond(request.params.concertId, page);
    return { status: 200, body: linked(request, await freshPage(request, api, 'sales-per-second', find)) };
  },
);

type FreshPageRequest = Pick<
  RouteRequest<'/concerts/:concertId', 'waitSeconds', typeof freshPageQuery, typeof freshPageQuery>,
  'params' | 'query' | 'headers' | 'setHeader'
>;

/** A page of what a read model has of the concert, as new as was asked for. */
async function freshPage<Item>(
  request: FreshPageRequest,
  api: Api,
  model: ProjectionName,
  find: (page: PageRequest) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const { concertId } = request.params;
  const { cursor, limit } = request.query;
  await waitForRevision(api.queries, model, concertId, request);
  const found = await askReadModel(find({ cursor, limit }));
  // An empty page says that nothing is sold, which is only true of a concert that exists.
  if (found.items.length === 0) await findConcert(api, concertId);
  return found;
}

export const concertRoutes: readonly Route[] = [schedule, list, show, change, tickets, sales];
