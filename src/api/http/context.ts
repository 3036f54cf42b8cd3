import type { ServerResponse } from 'node:http';
import type { RouterContext } from '@koa/router';
import type { ProblemName } from '../problems/problem.js';

/** What the middlewares know of a request. */
export interface RequestState {
  requestId: string;
  /** The span of the request, where it is traced and sampled. */
  trace?: string;
  /** Goes into the lines of the log; absent where requests are not traced. */
  traceId?: string;
  /** The path of the route that the request met, as the table has it; absent where it met none. */
  route?: string;
  /** Takes over the response once its body is written, and ends it. Absent where the body is all there is. */
  goesOn?: (response: ServerResponse) => void;
  /** Of the client, where one has been asked for and is known. */
  address?: string;
  /** Set when the answer is a problem. */
  problem?: ProblemName;
}

export type Context = RouterContext<RequestState>;
