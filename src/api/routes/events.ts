import type Router from '@koa/router';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { Context, RequestState } from '../http/context.js';
import { hangUpSignal } from '../http/hang-up.js';
import { respondJson } from '../http/respond.js';
import { ProblemError } from '../problems/problem.js';
import { unknownConcert } from '../problems/refusals.js';
import type { ApiServices, Log } from '../services.js';
import { concertIdIn, queryIn } from './params.js';
import { eventsQuery } from './schemas.js';

export function eventRoutes(router: Router<RequestState>, { log }: ApiServices): void {
  router.get('/concerts/:concertId/events', (ctx) => list(ctx, log));
}

/** A page of the log itself: `cursor` is the revision of the first event to show. */
async function list(ctx: Context, log: Log): Promise<void> {
  const concertId = concertIdIn(ctx);
  const { cursor, limit } = queryIn(ctx, eventsQuery);
  const signal = hangUpSignal(ctx);
  const events = await readPage(log, concertId, cursor, limit, signal);
  if (events.length === 0 && !(await exists(log, concertId, signal))) throw new ProblemError(unknownConcert);
  const next = events.length < limit ? null : String(cursor + BigInt(limit));
  respondJson(ctx, 200, { items: events.map(eventView), next });
}

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
  type,
  revision: String(revision),
  recordedAt: recordedAt.toISOString(),
  data: decoded.ok ? decoded.event.data : data,
});
