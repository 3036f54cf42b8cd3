import type { Logger } from 'pino';
import type { RetryLater } from '../../commands/outcome.js';
import type { Context } from '../http/context.js';
import { respondProblem } from '../http/respond.js';
import { notNowProblem, type Refusal, refusalProblem } from '../problems/refusals.js';

/** A command that was not carried out, or of which nobody knows. */
export type Failure = { readonly kind: 'refused'; readonly refusal: Refusal } | RetryLater;

/** Makes the failure the answer. What kept the log from answering goes to our log: it may name hosts. */
export function answerFailure(ctx: Context, logger: Logger, failure: Failure): void {
  if (failure.kind === 'refused') {
    respondProblem(ctx, refusalProblem(failure.refusal));
    return;
  }
  if (failure.kind === 'unavailable') {
    const { problem } = failure;
    logger.warn({ requestId: ctx.state.requestId, path: ctx.path, problem }, 'the log gave no answer');
  }
  respondProblem(ctx, notNowProblem(failure));
}
