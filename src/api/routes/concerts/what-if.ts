import type { Change } from '../../../replay/what-if/difference.js';
import { recordedSale } from '../../../replay/what-if/recorded-sale.js';
import { ImpossibleRules, type OtherRules, type WhatIf, whatIf } from '../../../replay/what-if/what-if.js';
import { systemClock } from '../../../waiting/clock.js';
import { LimiterFull } from '../../../waiting/turns.js';
import { operator } from '../../access/guards.js';
import { invalid } from '../../http/validate.js';
import { ProblemError } from '../../problems/problem.js';
import { anotherAudit, unknownConcert } from '../../problems/refusals.js';
import { orUnavailable } from '../../reading/or-unavailable.js';
import { json } from '../../routing/reply.js';
import { type Route, route } from '../../routing/route.js';
import * as examples from '../../schemas/examples.js';
import { whatIfQuery } from '../../schemas/requests.js';
import * as replies from '../../schemas/service-replies.js';
import type { Log } from '../../services.js';

const totals = { capacity: 3, purchases: 2, live: 2, vip: 1, expired: 0 };

/** Like an audit it reads the whole log of the concert, so a process does one of both at a time. */
const tryRules = route(
  'GET',
  '/concerts/:concertId/what-if',
  {
    id: 'tryOtherRules',
    guard: operator,
    tag: 'Operations',
    summary: 'Decide a sale again under other rules',
    description:
      'What would have become of the recorded purchases, in order of arrival. Changes nothing. Rules that are left out are those of the sale. Refused requests are not in the log, so this cannot show who would have bought the freed tickets. One at a time per process, else 503 `busy`.',
    query: whatIfQuery,
    replies: {
      200: json('What would differ.', replies.whatIf, {
        concertId: examples.concertId,
        recorded: totals,
        would: { ...totals, vip: 2 },
        purchases: { refused: 0, gainsVip: 1, losesVip: 0, otherSeat: 0, otherNumber: 0 },
        refusedChanges: 0,
        refusedHolds: 0,
      }),
    },
    problems: ['busy', 'unavailable'],
  },
  async ({ params: { concertId }, query, signal }, { audits, log }) => {
    const result = await orUnavailable(
      audits.take(() => decideAgain(log, concertId, query, signal), signal).catch(refuse),
    );
    if (result === null) throw new ProblemError(unknownConcert);
    const { recorded, would, differences, refusedChanges, refusedClaims } = result;
    const count = (change: Change) => differences.filter((each) => each.change === change).length;
    const purchases = {
      refused: count('refused'),
      gainsVip: count('gains-vip'),
      losesVip: count('loses-vip'),
      otherSeat: count('other-seat'),
      otherNumber: count('other-number'),
    };
    const refused = { refusedChanges: refusedChanges.length, refusedHolds: refusedClaims.length };
    return { status: 200, body: { concertId, recorded, would, purchases, ...refused } };
  },
);

/** Null for a concert that is not in the log. */
async function decideAgain(
  log: Log,
  concertId: string,
  rules: OtherRules,
  signal: AbortSignal,
): Promise<WhatIf | null> {
  const sale = await recordedSale({ read: (id, from) => log.read(id, from, undefined, signal) }, concertId);
  if (sale === null) return null;
  const turn = async () => {
    await systemClock.turn();
    signal.throwIfAborted();
  };
  return whatIf(sale, rules, turn);
}

/** @throws {ProblemError} invalid-request, busy; else the error itself */
function refuse(error: unknown): never {
  if (error instanceof ImpossibleRules) {
    throw invalid([{ field: 'vipSeats', problem: 'must not be more than the capacity' }]);
  }
  throw error instanceof LimiterFull ? new ProblemError(anotherAudit) : error;
}

export const whatIfRoutes: readonly Route[] = [tryRules];
