import { type AppendOutcome, type AppendRequest, NO_STREAM } from './model.js';

/** Where an event stands. */
export interface Place {
  readonly revision: bigint;
  readonly position: bigint;
}

/** What must be known of the log to judge an append. */
export interface LogView {
  /** The stream's last revision, `NO_STREAM` where there is none. */
  head(stream: string): bigint;
  /** The places, in rising order, at which the stream holds an event of this id. */
  places(stream: string, eventId: string): readonly Place[];
}

/** The stream that holds another stream's metadata. */
export const metastreamOf = (stream: string): string => `$$${stream}`;

/**
 * Judges an append as an EventStoreDB server does: to be written after the stream's head, recognised as a
 * repetition of what is in the log already, or refused. An exact revision behind the head is a repetition
 * only if the ids stand at just those revisions; the open forms recognise ids wherever they stand.
 */
export function checkExpectedRevision(
  { stream, expected, events }: AppendRequest,
  known: LogView,
): AppendOutcome | 'write' {
  const current = known.head(stream);
  const wrong = { kind: 'wrong-expected-revision', current } as const;
  if (expected === 'stream-exists' && current < 0n && known.head(metastreamOf(stream)) < 0n) return wrong;
  if (expected === 'any' || expected === 'stream-exists') {
    const found = events.map((event) => known.places(stream, event.id).at(-1));
    return found[0] === undefined ? 'write' : repetition(found, wrong);
  }
  const after = expected === 'no-stream' ? NO_STREAM : expected;
  if (after === current) return 'write';
  if (after > current) return wrong;
  const found = events.map(({ id }, index) => {
    const revision = after + BigInt(index + 1);
    return known.places(stream, id).find((place) => place.revision === revision);
  });
  return repetition(found, wrong);
}

/** A repetition is answered as the append it repeats was: with the place of its own last event. */
function repetition(found: readonly (Place | undefined)[], otherwise: AppendOutcome): AppendOutcome {
  const last = found.at(-1);
  return last === undefined || found.includes(undefined) ? otherwise : { kind: 'appended', ...last };
}
