import { InvalidCursor } from '../../projections/queries/cursor.js';
import { LimiterFull } from '../../waiting/turns.js';
import { within } from '../../waiting/within.js';
import { invalid } from '../http/validate.js';
import { ProblemError } from '../problems/problem.js';
import { queryUnavailable, tooManyReads } from '../problems/refusals.js';

/**
 * The answer of a module below that may be out of reach.
 * @throws {ProblemError} unavailable, when it has none; busy, when it was not the turn of this question; invalid-request for a cursor that it did not make
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

/** As long as reads of the log are tried. A Postgres that takes longer is as good as gone. */
const readModelPatienceMs = 5_000;

/**
 * As `ask`, for a question to a read model: a Postgres that says nothing keeps nobody waiting. What it may still answer
 * is dropped.
 */
export const askReadModel = <T>(question: Promise<T>): Promise<T> =>
  orUnavailable(
    within(readModelPatienceMs, question, () => {
      throw new Error(`Postgres gave no answer within ${readModelPatienceMs} ms`);
    }),
  );
