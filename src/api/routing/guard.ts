import type { Context } from '../http/context.js';
import type { ProblemName } from '../problems/problem.js';
import type { Api } from '../services.js';

export interface GuardedRequest {
  readonly ctx: Context;
  /** Read and validated: a guard can compare who asks with whom the path names. */
  readonly params: Readonly<Record<string, string>>;
}

/** Decides who may use a route. It runs before the query, the headers and the body are looked at. */
export interface Guard {
  /** How it refuses. */
  readonly problems: readonly ProblemName[];
  /** @throws {ProblemError} one of `problems`, to refuse the request */
  readonly check: (request: GuardedRequest, api: Api) => void | Promise<void>;
}
