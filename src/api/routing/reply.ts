import { z } from 'zod';
import type { Precompressed } from '../http/precompressed.js';

/** One way in which a handler answers. */
export interface ReplySpec<Schema extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly mediaType: string;
  readonly schema: Schema;
  readonly example: z.input<Schema>;
  /** Names of the headers that it may have beside those of every answer. */
  readonly headers: readonly string[];
}

/** The replies of a route that are no problems, by status. */
export type Replies = Readonly<Record<number, ReplySpec>>;

type DeepReadonly<T> = unknown extends T ? T : { readonly [Key in keyof T]: DeepReadonly<T[Key]> };

/** What a handler may return: a status of the table with the body that belongs to it. */
export type ReplyOf<R extends Replies> = {
  [Status in keyof R & number]: {
    readonly status: Status;
    readonly body: DeepReadonly<z.input<R[Status]['schema']>>;
  };
}[keyof R & number];

export const text = (
  mediaType: `text/${string}`,
  description: string,
  example: string,
): ReplySpec<z.ZodString> => ({ description, mediaType, schema: z.string(), example, headers: [] });

/** As text, compressed for clients that can read that. */
export const compressed = (
  mediaType: string,
  description: string,
  example: string,
): ReplySpec<z.ZodType<string, string | Precompressed>> => ({
  ...{ description, mediaType, schema: z.string(), example },
  headers: ['Content-Encoding'],
});

export const json = <Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  example: z.input<Schema>,
  headers: readonly string[] = [],
): ReplySpec<Schema> => ({ description, mediaType: 'application/json', schema, example, headers });
