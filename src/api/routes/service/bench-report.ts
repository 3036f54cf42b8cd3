import type { z } from 'zod';
import { operator } from '../../access/guards.js';
import { ProblemError, problem } from '../../problems/problem.js';
import { queryUnavailable } from '../../problems/refusals.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as replies from '../../schemas/service-replies.js';
import type { Api } from '../../services.js';

const none = problem('not-found', 'No report is configured: set BENCH_REPORT to the report.json of a run.');

const show = route(
  'GET',
  '/bench-report',
  {
    id: 'showBenchReport',
    guard: operator,
    tag: 'Operations',
    summary: 'Show the last report of the bench',
    description:
      'What was measured with this installation or one like it: the file that `BENCH_REPORT` names, as it is now.',
    replies: {
      200: json('The ratios, and their aims.', replies.benchReport, {
        startedAt: '2030-06-01T10:00:00.000Z',
        plan: 'quick',
        commit: '1a2b3c4',
        ratios: [
          {
            ...{ key: 'batch/noop', what: 'accepted purchases ÷ no-op POSTs', wanted: '≥ 0.5', met: true },
            ...{ median: 0.61, min: 0.58, max: 0.64, n: 7 },
          },
        ],
      }),
    },
    problems: ['not-found', 'unavailable'],
  },
  async (_, { benchReport }) => ({ status: 200, body: await lastReport(benchReport) }),
);

/** As much of the file as is shown. */
const reportFile = replies.benchReport
  .omit({ ratios: true })
  .extend({ summary: replies.benchReport.shape.ratios });

/** @throws {ProblemError} not-found, unavailable */
async function lastReport(read: Api['benchReport']): Promise<z.output<typeof replies.benchReport>> {
  const text = await read().catch((cause: unknown) => {
    throw new ProblemError(queryUnavailable, { cause });
  });
  if (text === null) throw new ProblemError(none);
  try {
    const { summary: ratios, ...about } = reportFile.parse(JSON.parse(text));
    return { ...about, ratios };
  } catch (cause) {
    throw new ProblemError(queryUnavailable, { cause });
  }
}

export const benchReportRoutes: readonly Route[] = [show];
