import type { ServerResponse } from 'node:http';
import { catalogue, PROBLEM_MEDIA_TYPE, type Problem, present } from '../problems/problem.js';
import type { Context } from './context.js';
import { Precompressed } from './precompressed.js';

/** Makes `value` the answer. Serialised here, inside the error handling, not by Koa outside of it. */
export function respondJson(ctx: Context, status: number, value: unknown): void {
  respond(ctx, status, 'application/json', value);
}

/** Makes `body` the answer: text as it is for a media type of text, JSON otherwise. */
export function respond(ctx: Context, status: number, mediaType: string, body: unknown): void {
  ctx.status = status;
  ctx.set('Content-Type', mediaType);
  if (body instanceof Precompressed) {
    ctx.body = body.bytesFor(ctx);
    return;
  }
  const text = mediaType.startsWith('text/') ? String(body) : JSON.stringify(body);
  if (ctx.state.goesOn === undefined || ctx.method === 'HEAD') ctx.body = text;
  else stream(ctx, text, ctx.state.goesOn);
}

/** The connection ends with the stream, so its bytes need no frames around them. */
function stream(ctx: Context, start: string, goesOn: (response: ServerResponse) => void): void {
  ctx.respond = false;
  ctx.res.useChunkedEncodingByDefault = false;
  ctx.set('Connection', 'close');
  ctx.res.writeHead(ctx.status);
  ctx.res.write(start);
  goesOn(ctx.res);
}

/** Makes `problem` the answer. */
export function respondProblem(ctx: Context, problem: Problem): void {
  ctx.status = catalogue[problem.name].status;
  ctx.set('Content-Type', PROBLEM_MEDIA_TYPE);
  ctx.set(problem.headers);
  ctx.body = JSON.stringify(present(problem, ctx.state.requestId));
  ctx.state.problem = problem.name;
}
