import type { ProjectionName } from '../../projections/models/projection.js';
import { type Problem, ProblemError, problem } from '../problems/problem.js';
import type { Queries } from '../services.js';

const defaultWaitSeconds = 2;

/**
 * Read your writes: waits until a read model has got to `minRevision` of a concert, as long as `Prefer: wait` says, else 2
 * seconds.
 * @throws {ProblemError} not-yet-visible, rather than that something older be shown
 */
export async function waitForRevision(
  queries: Queries,
  model: ProjectionName,
  concertId: string,
  request: {
    readonly query: { readonly minRevision?: bigint };
    readonly headers: { readonly waitSeconds: number | undefined };
    setHeader(name: string, value: string): void;
  },
): Promise<void> {
  const { minRevision } = request.query;
  if (minRevision === undefined) return;
  const { waitSeconds } = request.headers;
  const seconds = waitSeconds ?? defaultWaitSeconds;
  if (waitSeconds !== undefined) request.setHeader('Preference-Applied', `wait=${waitSeconds}`);
  if (await queries.waitFor(concertId, minRevision, seconds * 1000, model)) return;
  throw new ProblemError(notYetVisible(minRevision));
}

export const notYetVisible = (minRevision: bigint): Problem =>
  problem(
    'not-yet-visible',
    `The read model has not got to revision ${minRevision} yet. Ask again, or with a longer Prefer: wait.`,
    { minRevision: String(minRevision) },
    { 'Retry-After': '1' },
  );
