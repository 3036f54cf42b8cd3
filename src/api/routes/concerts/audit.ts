import { isSound, soundnessOf } from '../../../replay/audit/audit.js';
import { LimiterFull } from '../../../waiting/turns.js';
import { operator } from '../../access/guards.js';
import { ProblemError } from '../../problems/problem.js';
import { anotherAudit, unknownConcert } from '../../problems/refusals.js';
import { orUnavailable } from '../../reading/or-unavailable.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';
import * as replies from '../../schemas/service-replies.js';

/** An audit reads the concert's whole log and all its rows, so a process does one at a time. */
const audit = route(
  'GET',
  '/concerts/:concertId/audit',
  {
    id: 'auditConcert',
    guard: operator,
    tag: 'Operations',
    summary: 'Audit a concert',
    description:
      'Checks the log, the read models and the stock in Redis against each other. One at a time per process, else 503 `busy`.',
    replies: {
      200: json('What was found.', replies.audit, {
        concertId: examples.concertId,
        revision: '3',
        sound: true,
        findings: [
          {
            invariant: 'I1',
            claim: 'tickets sold and not released, and on hold ≤ capacity',
            verdict: 'pass',
            checked: '2 tickets sold, 0 released, capacity 3',
            violations: 0,
            examples: [],
          },
        ],
        differences: [],
      }),
    },
    problems: ['busy', 'unavailable'],
  },
  async ({ params: { concertId }, signal }, api) => {
    const audited = await orUnavailable(
      api.audits.take(() => api.audit(concertId, signal), signal).catch(refuseAnother),
    );
    if (audited === null) throw new ProblemError(unknownConcert);
    const { revision, findings, differences } = audited;
    const sound = isSound(audited);
    api.metrics.audits.labels(soundnessOf(audited)).inc();
    return { status: 200, body: { concertId, revision: String(revision), sound, findings, differences } };
  },
);

function refuseAnother(error: unknown): never {
  throw error instanceof LimiterFull ? new ProblemError(anotherAudit) : error;
}

export const auditRoutes: readonly Route[] = [audit];
