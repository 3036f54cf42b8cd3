import type { Context } from '../http/context.js';
import { ProblemError } from '../problems/problem.js';
import { forbidden, unauthorized } from '../problems/refusals.js';
import type { Guard } from '../routing/guard.js';
import type { Api } from '../services.js';
import { mayActFor, type Principal } from './principal.js';

/** Where access is open, everybody passes both guards, as nobody in particular. */

const problems = ['unauthorized', 'forbidden', 'unavailable'] as const;

/** Lets operators pass. */
export const operator: Guard = {
  audience: 'operators',
  problems,
  async check({ ctx }, api) {
    const principal = await principalOf(ctx, api);
    if (principal?.isOperator === false) throw new ProblemError(forbidden);
    return principal;
  },
};

/** Lets customers pass, and operators for any customer. A customer that the path names has to be the one who asks. */
export const customer: Guard = {
  audience: 'customers, each for themselves, and operators',
  problems,
  async check({ ctx, params }, api) {
    const principal = await principalOf(ctx, api);
    const { customerId } = params;
    if (customerId !== undefined && !mayActFor(principal, customerId)) throw new ProblemError(forbidden);
    return principal;
  },
};

const bearer = /^Bearer +([\w.~+/-]+=*)$/i;

function principalOf({ req }: Context, { authenticate }: Api): Principal | Promise<Principal> | null {
  if (authenticate === null) return null;
  const token = bearer.exec(req.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new ProblemError(unauthorized);
  return authenticate(token);
}
