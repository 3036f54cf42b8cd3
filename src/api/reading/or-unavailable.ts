import { InvalidCursor } from '../../projections/queries/cursor.js';
import { LimiterFull } from '../../waiting/turns.js';
import { within } from '../../waiting/within.js';
import { invalid } from '../http/validate.js';
import { ProblemError } from '../problems/problem.js';
import { queryUnavailable, tooManyReads } from '../problems/refusals.js';

/**
 * The result of a query to a store that may be out of reach.
 * @throws {ProblemError} unavailable where the query failed; busy where the limiter refused it; invalid-request for a cursor of
 * another list
 */
export async function orUnavailable<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof LimiterFull) throw new ProblemError(tooManyReads);
    if (error instanceof InvalidCursor) {
      throw invalid([{ field: 'cursor', problem: 'must be what an earlier page of this list gave as next' }]);
    }
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(queryUnavailable, { cause: error });
  }
}

/** The longest wait for Postgres, in ms: as long as reads of the log are tried. */
const readModelPatienceMs = 5_000;

/**
 * As `orUnavailable`, for a query of a read model: no client waits longer for a silent Postgres than `readModelPatienceMs`. An
 * answer that comes later is dropped.
 */
export const askReadModel = <T>(question: Promise<T>): Promise<T> =>
  orUnavailable(
    within(readModelPatienceMs, question, () => {
      throw new Error(`Postgres gave no answer within ${readModelPatienceMs} ms`);
    }),
  );
