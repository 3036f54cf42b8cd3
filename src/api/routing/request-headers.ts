import { z } from 'zod';
import type { Context } from '../http/context.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import { longestWaitSeconds, waitSeconds } from '../http/prefer.js';
import { invalid } from '../http/validate.js';

const wholeNumber = /^\d{1,18}$/;

interface RequestHeader<Value> {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  /** @throws {ProblemError} invalid-request */
  readonly read: (ctx: Context) => Value;
}

const header = <Value>(header: RequestHeader<Value>): RequestHeader<Value> => header;

/** The headers that a route may ask for. */
export const requestHeaders = {
  idempotencyKey: header({
    name: 'Idempotency-Key',
    description:
      'Names this command, bare or between double quotes. After no answer, or any 5xx, send the request again with its key: it is carried out at most once. Once accepted, every repeat gets the same answer; a refusal uses nothing up. Without one, a key is made up and returned.',
    schema: z
      .string()
      .min(1)
      .max(255)
      .meta({ examples: ['ada-1'] }),
    read: idempotencyKey,
  }),
  waitSeconds: header({
    name: 'Prefer',
    description: `\`wait=N\`: the longest time that this request may wait, in seconds, at most ${longestWaitSeconds} (RFC 7240).`,
    schema: z.string().meta({ examples: ['wait=5'] }),
    read: (ctx) => waitSeconds(ctx.req.headers.prefer),
  }),
  lastEventId: header({
    name: 'Last-Event-ID',
    description:
      'The `id` of the last message that the client has: a revision. Browsers send it when they come back.',
    schema: z
      .string()
      .regex(wholeNumber)
      .meta({ examples: ['3'] }),
    read: ({ req }) => {
      const given = req.headers['last-event-id'];
      if (given === undefined || given === '') return undefined;
      if (typeof given === 'string' && wholeNumber.test(given)) return BigInt(given);
      throw invalid([{ field: 'Last-Event-ID', problem: 'must be the id of a message, a whole number' }]);
    },
  }),
} as const;

export type RequestHeaderName = keyof typeof requestHeaders;

export type HeaderValues<Name extends RequestHeaderName> = {
  readonly [N in Name]: ReturnType<(typeof requestHeaders)[N]['read']>;
};
