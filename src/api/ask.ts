import { InvalidCursor } from '../projections/cursor.js';
import { NoTurn } from '../waiting/turns.js';
import { ProblemError } from './problem.js';
import { queryUnavailable, tooManyReads } from './refusals.js';
import { invalid } from './validate.js';

/**
 * The answer of a room below that may be out of reach.
 * @throws {ProblemError} unavailable, when it has none; busy, when it was not the turn of this question; invalid-request for a cursor that it did not make
 */
export async function ask<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof NoTurn) throw new ProblemError(tooManyReads);
    if (error instanceof InvalidCursor) {
      throw invalid([{ field: 'cursor', problem: 'must be what an earlier page of this list gave as next' }]);
    }
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(queryUnavailable, { cause: error });
  }
}
