import type { z } from 'zod';
import type { Context } from '../http/context.js';
import { validate } from '../http/validate.js';
import { type Problem, ProblemError } from '../problems/problem.js';
import { unknownConcert, unknownPurchase } from '../problems/refusals.js';
import { customerId } from './schemas.js';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws {ProblemError} unknown-concert for what cannot be the id of one: nobody needs to look for it. */
export const concertIdIn = (ctx: Context): string => idIn(ctx.params.concertId, unknownConcert);

/** @throws {ProblemError} unknown-purchase */
export const purchaseIdIn = (ctx: Context): string => idIn(ctx.params.purchaseId, unknownPurchase);

/** @throws {ProblemError} invalid-request */
export const customerIdIn = (ctx: Context): string =>
  validate(customerId, ctx.params.customerId, 'customerId');

/** @throws {ProblemError} invalid-request, naming the parameter */
export const queryIn = <S extends z.ZodType>(ctx: Context, schema: S): z.output<S> =>
  validate(schema, ctx.query, 'query');

function idIn(given: string | undefined, unknown: Problem): string {
  if (given === undefined || !uuid.test(given)) throw new ProblemError(unknown);
  return given.toLowerCase();
}
