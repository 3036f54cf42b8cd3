import type { Logger } from 'pino';
import type { RetryLater } from '../../commands/outcome.js';
import type { Problem } from './problem.js';
import { notNowProblem, type Refusal, refusalProblem } from './refusals.js';

/** A command that was refused, that was not decided, or whose outcome is unknown. */
export type Failure = { readonly kind: 'refused'; readonly refusal: Refusal } | RetryLater;

/** The problem that a client gets for the failure. The cause of an outage goes to the log alone: it may name hosts. */
export function failureProblem(
  failure: Failure,
  logger: Logger,
  { requestId, path }: { readonly requestId: string; readonly path: string },
): Problem {
  if (failure.kind === 'refused') return refusalProblem(failure.refusal);
  if (failure.kind === 'unavailable') {
    logger.warn({ requestId, path, problem: failure.problem }, 'the log gave no answer');
  }
  return notNowProblem(failure);
}
