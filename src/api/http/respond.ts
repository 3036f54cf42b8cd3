import { catalogue, PROBLEM_MEDIA_TYPE, type Problem, present } from '../problems/problem.js';
import type { Context } from './context.js';

/** Makes `value` the answer. Serialised here, inside the error handling, not by Koa outside of it. */
export function respondJson(ctx: Context, status: number, value: unknown): void {
  respond(ctx, status, 'application/json', value);
}

/** Makes `body` the answer: text as it is for a media type of text, JSON otherwise. */
export function respond(ctx: Context, status: number, mediaType: string, body: unknown): void {
  ctx.status = status;
  ctx.set('Content-Type', mediaType);
  ctx.body = mediaType.startsWith('text/') ? String(body) : JSON.stringify(body);
}

/** Makes `problem` the answer. */
export function respondProblem(ctx: Context, problem: Problem): void {
  ctx.status = catalogue[problem.name].status;
  ctx.set('Content-Type', PROBLEM_MEDIA_TYPE);
  ctx.set(problem.headers);
  ctx.body = JSON.stringify(present(problem, ctx.state.requestId));
  ctx.state.problem = problem.name;
}
