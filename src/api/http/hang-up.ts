import { ProblemError, problem } from '../problems/problem.js';
import type { Context } from './context.js';

/** The reason of the abort. No client sees it; it tells the layers around the handler that nothing failed. */
const hungUp = new ProblemError(problem('unavailable', 'The client did not wait for the answer.'));

/** Aborts when the client closes the connection before it has its answer, so that no work goes on for it. */
export function hangUpSignal({ res }: Context): AbortSignal {
  const gone = new AbortController();
  if (res.destroyed) gone.abort(hungUp);
  res.once('close', () => {
    if (!res.writableFinished) gone.abort(hungUp);
  });
  return gone.signal;
}
