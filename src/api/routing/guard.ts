import type { Principal } from '../access/principal.js';
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
  /** Who may use the route, in words. */
  readonly audience: string;
  /**
   * Who asks; null where access is open.
   * @throws {ProblemError} one of `problems`, to refuse the request
   */
  readonly check: (request: GuardedRequest, api: Api) => Promise<Principal | null>;
}
