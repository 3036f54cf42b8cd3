import { randomUUID } from 'node:crypto';
import type { Next } from 'koa';
import type { Logger } from 'pino';
import { EventStoreUnavailable } from '../../domain/log/errors.js';
import { type Problem, ProblemError, problem } from '../problems/problem.js';
import { queryUnavailable } from '../problems/refusals.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { RequestSpan, Tracing } from '../telemetry/tracing.js';
import type { Context, RequestState } from './context.js';
import { respondProblem } from './respond.js';
import { invalid } from './validate.js';

interface Around {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tracing: Pick<Tracing, 'request'> | null;
}

const saneId = /^[\w.:+/=@-]{1,128}$/;

/**
 * The middleware around all routes: gives the request an id, turns each error into a problem, measures and logs. At level
 * `debug` every request is logged, otherwise only failures of the service.
 */
export function requestMiddleware({ metrics, logger, tracing }: Around) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const started = performance.now();
    ctx.state.requestId = requestIdOf(ctx);
    ctx.set('X-Request-Id', ctx.state.requestId);
    metrics.inProgress.inc();
    const span = tracing?.request(ctx.method, ctx.req.headers);
    if (span !== undefined) traced(ctx.state, span);
    try {
      requireHost(ctx);
      await next();
    } catch (error) {
      respondProblem(ctx, toProblem(error));
      logFailure(logger, ctx, error);
    }
    metrics.inProgress.dec();
    span?.end({ route: ctx.state.route, status: ctx.status, problem: ctx.state.problem });
    const milliseconds = performance.now() - started;
    metrics.requests
      .labels(ctx.method, ctx.state.route ?? 'none', String(ctx.status))
      .observe(milliseconds / 1000);
    if (logger.isLevelEnabled('debug')) {
      logger.debug(
        { ...about(ctx), status: ctx.status, problem: ctx.state.problem, milliseconds },
        'request',
      );
    }
  };
}

/** @throws {ProblemError} invalid-request: HTTP/1.1 wants a Host, also where only one is served (RFC 9112) */
function requireHost({ req }: Context): void {
  if (req.headers.host === undefined && req.httpVersion === '1.1') {
    throw invalid([{ field: 'Host', problem: 'is missing' }]);
  }
}

/** The client's own id for the request where it is harmless, a new id otherwise. */
function requestIdOf(ctx: Context): string {
  const given = ctx.req.headers['x-request-id'];
  return typeof given === 'string' && saneId.test(given) ? given : randomUUID();
}

/** The problem for an error: a problem as it is, an outage by its kind alone, a bug without details. */
function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof EventStoreUnavailable) return queryUnavailable;
  return problem('internal', 'This is a fault of the service, not of the request. It has been logged.');
}

/** A problem without a cause is an ordinary answer and is not logged. */
function logFailure(logger: Logger, ctx: Context, error: unknown): void {
  if (ctx.status < 500 || (error instanceof ProblemError && error.cause === undefined)) return;
  const level = ctx.state.problem === 'internal' ? 'error' : 'warn';
  const err = error instanceof ProblemError ? error.cause : error;
  logger[level]({ ...about(ctx), status: ctx.status, problem: ctx.state.problem, err }, 'request failed');
}

function traced(state: RequestState, { traceId, traceParent }: RequestSpan): void {
  state.traceId = traceId;
  if (traceParent !== undefined) state.trace = traceParent;
}

const about = ({ state: { requestId, traceId }, method, path }: Context) => ({
  requestId,
  ...(traceId === undefined ? {} : { traceId }),
  method,
  path,
});
