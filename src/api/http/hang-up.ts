import { ProblemError, problem } from '../problems/problem.js';
import type { Context } from './context.js';

/** Told to nobody: whoever it is for has gone. It says to the layers around it that this was no fault. */
const hungUp = new ProblemError(problem('unavailable', 'The client did not wait for the answer.'));

/** Aborts when the client closes the connection before it has its answer, so that nothing goes on for its sake. */
export function hangUpSignal({ res }: Context): AbortSignal {
  const gone = new AbortController();
  if (res.destroyed) gone.abort(hungUp);
  res.once('close', () => {
    if (!res.writableFinished) gone.abort(hungUp);
  });
  return gone.signal;
}
