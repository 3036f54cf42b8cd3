import { opening } from '../../live/message.js';
import { ProblemError } from '../../problems/problem.js';
import { tooManyViewers } from '../../problems/refusals.js';
import { findConcert } from '../../reading/find-concert.js';
import { text } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';

const watch = route(
  'GET',
  '/concerts/:concertId/live',
  {
    id: 'watchConcert',
    tag: 'Concerts',
    summary: 'Watch a sale',
    description:
      'Server-sent events, for `EventSource`. Each message is the whole concert as `GET /concerts/{concertId}` shows it, without `owner`, and with `soldPerSecond`: how much `sold` rose within the last second. Its id is the revision, and a client that comes back gets the newest state, unless `Last-Event-ID` says that it has that. Messages come when something has changed, at most 10 a second, fewer when a process has more than 200 viewers, and at least every 15 s. A client that does not read for 5 s is disconnected.',
    headers: ['lastEventId'],
    replies: {
      200: text(
        'text/event-stream',
        'The stream. It ends when the process stops; come back after a second.',
        `retry: 1000\n\nid: ${examples.live.revision}\ndata: ${JSON.stringify(examples.live)}\n\n`,
      ),
    },
    problems: ['busy', 'unavailable'],
  },
  async (request, api) => {
    if (api.live.isFull) throw new ProblemError(tooManyViewers);
    const { concertId } = request.params;
    const view = api.live.shown(concertId) ?? (await findConcert(api, concertId)).view;
    request.setHeader('Cache-Control', 'no-store');
    // Asks proxies such as nginx to pass each message on at once.
    request.setHeader('X-Accel-Buffering', 'no');
    request.goOn((response) => api.live.watch(response, view, request.headers.lastEventId));
    return { status: 200, body: opening };
  },
);

export const liveRoutes: readonly Route[] = [watch];
