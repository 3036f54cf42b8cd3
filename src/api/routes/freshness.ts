import type { ProjectionName } from '../../projections/models/projection.js';
import type { Context } from '../http/context.js';
import { waitSeconds } from '../http/prefer.js';
import { ProblemError, problem } from '../problems/problem.js';
import type { Queries } from '../services.js';

const defaultWaitSeconds = 2;

/**
 * Waits until a read model has got to `minRevision` of a concert, as long as `Prefer: wait` says, else 2 seconds.
 * @throws {ProblemError} not-yet-visible, rather than that something older be shown
 */
export async function waitForRevision(
  ctx: Context,
  queries: Queries,
  model: ProjectionName,
  concertId: string,
  minRevision: bigint | undefined,
): Promise<void> {
  if (minRevision === undefined) return;
  const asked = waitSeconds(ctx.req.headers.prefer);
  const seconds = asked ?? defaultWaitSeconds;
  if (asked !== undefined) ctx.set('Preference-Applied', `wait=${asked}`);
  if (await queries.waitFor(concertId, minRevision, seconds * 1000, model)) return;
  throw new ProblemError(
    problem(
      'not-yet-visible',
      `The read model has not got to revision ${minRevision} yet. Ask again, or with a longer Prefer: wait.`,
      { minRevision: String(minRevision) },
      { 'Retry-After': '1' },
    ),
  );
}
