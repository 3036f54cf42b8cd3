import type Router from '@koa/router';
import { isSound } from '../../replay/audit/audit.js';
import type { Context, RequestState } from '../http/context.js';
import { hangUpSignal } from '../http/hang-up.js';
import { respondJson } from '../http/respond.js';
import { ProblemError, problem } from '../problems/problem.js';
import { unknownConcert } from '../problems/refusals.js';
import type { ApiServices } from '../services.js';
import { orUnavailable } from './ask.js';
import { concertIdIn, queryIn } from './params.js';
import { noQuery } from './schemas.js';

export function auditRoutes(router: Router<RequestState>, services: ApiServices): void {
  const oneAtATime = { running: false };
  router.get('/concerts/:concertId/audit', (ctx) => audit(ctx, services, oneAtATime));
}

/** Reads the concert's whole log and all its rows, so a process does one at a time. */
async function audit(ctx: Context, { audit }: ApiServices, turn: { running: boolean }): Promise<void> {
  const concertId = concertIdIn(ctx);
  queryIn(ctx, noQuery);
  if (turn.running) {
    throw new ProblemError(
      problem('busy', 'Another audit is running; ask again.', {}, { 'Retry-After': '5' }),
    );
  }
  turn.running = true;
  try {
    const audited = await orUnavailable(audit(concertId, hangUpSignal(ctx)));
    if (audited === null) throw new ProblemError(unknownConcert);
    const { revision, findings, differences } = audited;
    const sound = isSound(audited);
    respondJson(ctx, 200, { concertId, revision: String(revision), sound, findings, differences });
  } finally {
    turn.running = false;
  }
}
