import type { Logger } from 'pino';
import type { NotNow } from '../../commands/outcome.js';
import { answerProblem } from '../http/respond.js';
import type { Context } from '../http/context.js';
import { notNowProblem, type Refusal, refusalProblem } from '../problems/refusals.js';

/** A command that was not carried out, or of which nobody knows. */
export type Failure = { readonly kind: 'refused'; readonly refusal: Refusal } | NotNow;

/** Makes the failure the answer. What kept the log from answering goes to our log: it may name hosts. */
export function answerFailure(ctx: Context, logger: Logger, failure: Failure): void {
  if (failure.kind === 'refused') {
    answerProblem(ctx, refusalProblem(failure.refusal));
    return;
  }
  if (failure.kind === 'unavailable') {
    const { problem } = failure;
    logger.warn({ requestId: ctx.state.requestId, path: ctx.path, problem }, 'the log gave no answer');
  }
  answerProblem(ctx, notNowProblem(failure));
}
