import { type AppendRequest, NO_STREAM } from './model.js';

/** What must be known of the log to judge an append. */
export interface Known {
  /** The stream's last revision, `NO_STREAM` where there is none. */
  head(stream: string): bigint;
  /** The revisions, in rising order, at which the stream holds an event of this id. */
  revisionsOf(stream: string, eventId: string): readonly bigint[];
}

export type Decision =
  | { readonly kind: 'write'; readonly after: bigint }
  | { readonly kind: 'repeated'; readonly revision: bigint }
  | { readonly kind: 'wrong'; readonly current: bigint };

/** The stream that holds another stream's metadata. */
export const metastreamOf = (stream: string): string => `$$${stream}`;

/**
 * Judges an append as an EventStoreDB server does: written, recognised as a repetition of what is in the
 * log already, or refused. An exact revision behind the stream's last is a repetition only if the ids stand
 * at just those revisions; the open forms recognise ids wherever they stand in the stream.
 */
export function decide(request: AppendRequest, known: Known): Decision {
  const { stream, expected } = request;
  const current = known.head(stream);
  if (expected === 'stream-exists' && current < 0n && known.head(metastreamOf(stream)) < 0n)
    return { kind: 'wrong', current };
  if (expected === 'any' || expected === 'stream-exists') return decideOpen(request, current, known);
  const after = expected === 'no-stream' ? NO_STREAM : expected;
  if (after === current) return { kind: 'write', after };
  if (after > current) return { kind: 'wrong', current };
  return decideBehind(request, after, current, known);
}

function decideOpen({ stream, events }: AppendRequest, current: bigint, known: Known): Decision {
  let last: bigint | undefined;
  for (const [index, event] of events.entries()) {
    const revision = known.revisionsOf(stream, event.id).at(-1);
    if (revision === undefined)
      return index === 0 ? { kind: 'write', after: current } : { kind: 'wrong', current };
    last = revision;
  }
  return last === undefined ? { kind: 'write', after: current } : { kind: 'repeated', revision: last };
}

function decideBehind(
  { stream, events }: AppendRequest,
  after: bigint,
  current: bigint,
  known: Known,
): Decision {
  let revision = after;
  for (const event of events) {
    revision += 1n;
    if (!known.revisionsOf(stream, event.id).includes(revision)) return { kind: 'wrong', current };
  }
  return events.length === 0 ? { kind: 'wrong', current } : { kind: 'repeated', revision };
}
