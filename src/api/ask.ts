import { ProblemError } from './problem.js';
import { queryUnavailable } from './refusals.js';

/**
 * The answer of the read side.
 * @throws {ProblemError} unavailable, when it has none
 */
export async function ask<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw new ProblemError(queryUnavailable, { cause: error });
  }
}
