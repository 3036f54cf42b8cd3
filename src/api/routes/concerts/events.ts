import type { RecordedEvent } from '../../../domain/log/recorded-event.js';
import { operator } from '../../access/guards.js';
import { ProblemError } from '../../problems/problem.js';
import { unknownConcert } from '../../problems/refusals.js';
import { linked } from '../../reading/page-link.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';
import * as replies from '../../schemas/replies.js';
import { eventsQuery } from '../../schemas/requests.js';
import type { Log } from '../../services.js';

const list = route(
  'GET',
  '/concerts/:concertId/events',
  {
    id: 'listEvents',
    guard: operator,
    tag: 'Concerts',
    summary: 'List the events of the log',
    description: 'The log itself, which also answers while Postgres is gone.',
    query: eventsQuery,
    revalidates: true,
    replies: {
      200: json('A page of events.', replies.eventPage, { items: [examples.seatAssigned], next: '3' }, [
        'Link',
      ]),
    },
    problems: ['unavailable'],
  },
  async (request, { log }) => {
    const { signal } = request;
    const { concertId } = request.params;
    const { cursor, limit } = request.query;
    const events = await readPage(log, concertId, cursor, limit, signal);
    if (events.length === 0 && !(await exists(log, concertId, signal))) {
      throw new ProblemError(unknownConcert);
    }
    const next = events.length < limit ? null : String(cursor + BigInt(limit));
    return { status: 200, body: linked(request, { items: events.map(eventView), next }) };
  },
);

async function readPage(
  log: Log,
  concertId: string,
  from: bigint,
  limit: number,
  signal: AbortSignal,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of log.read(concertId, from, limit, signal)) events.push(...page);
  return events;
}

const exists = async (log: Log, concertId: string, signal: AbortSignal): Promise<boolean> =>
  (await readPage(log, concertId, 0n, 1, signal)).length > 0;

/** In today's shape; as it was stored where this version cannot read it. */
const eventView = ({ type, revision, recordedAt, decoded, data }: RecordedEvent) => ({
  type: decoded.ok ? decoded.event.type : type,
  revision: String(revision),
  recordedAt: recordedAt.toISOString(),
  data: decoded.ok ? decoded.event.data : data,
});

export const eventRoutes: readonly Route[] = [list];
