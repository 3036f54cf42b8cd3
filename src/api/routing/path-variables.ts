import { z } from 'zod';
import { validate } from '../http/validate.js';
import { unknownHold } from '../problems/hold-refusals.js';
import { type Problem, ProblemError, type ProblemName } from '../problems/problem.js';
import { unknownConcert, unknownPurchase } from '../problems/refusals.js';
import { customerId } from '../schemas/scalars.js';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface PathVariable {
  /** @throws {ProblemError} one of `problems` */
  readonly read: (given: string) => string;
  readonly schema: z.ZodType;
  /** How a request with a bad value, or with one that nothing is known of, is refused. */
  readonly problems: readonly ProblemName[];
}

const pathPart = (description: string) => z.string().meta({ description });

/** What a path may name. Text that cannot be an id is refused as an unknown id: nobody needs to look for it. */
export const pathVariables = {
  concertId: {
    read: (given) => idIn(given, unknownConcert),
    schema: z.uuid().meta({ description: 'The concert.' }),
    problems: ['unknown-concert'],
  },
  purchaseId: {
    read: (given) => idIn(given, unknownPurchase),
    schema: z.uuid().meta({ description: 'The purchase.' }),
    problems: ['unknown-purchase'],
  },
  holdId: {
    read: (given) => idIn(given, unknownHold),
    schema: z.uuid().meta({ description: 'The hold, or the place in the waiting list.' }),
    problems: ['unknown-hold'],
  },
  customerId: {
    read: (given) => validate(customerId, given, 'customerId'),
    schema: customerId,
    problems: [],
  },
  version: { read: (given) => given, schema: pathPart('The version of the page.'), problems: [] },
  folder: { read: (given) => given, schema: pathPart('A folder of the page.'), problems: [] },
  file: { read: (given) => given, schema: pathPart('A file of the page.'), problems: [] },
  problem: {
    read: (given) => given,
    schema: z.string().meta({ description: 'The last part of a problem’s `type`.', examples: ['sold-out'] }),
    problems: ['not-found'],
  },
} satisfies Readonly<Record<string, PathVariable>>;

export type PathVariableName = keyof typeof pathVariables;

function idIn(given: string, unknown: Problem): string {
  if (!uuid.test(given)) throw new ProblemError(unknown);
  return given.toLowerCase();
}
