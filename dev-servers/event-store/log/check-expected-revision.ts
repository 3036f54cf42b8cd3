import { metastreamOf } from './deletion.js';
import { type AppendOutcome, type AppendRequest, LAST, NO_STREAM } from './model.js';

/** The place of an event. */
export interface Place {
  readonly revision: bigint;
  readonly position: bigint;
}

/** The facts about the log that an append is judged by. */
export interface LogView {
  /** The stream's last revision, `NO_STREAM` where there is none, `LAST` where it has a tombstone. */
  head(stream: string): bigint;
  /** Whether the stream's metadata delete it. */
  isSoftlyDeleted(stream: string): boolean;
  /** The places, in rising order, at which the stream holds an event of this id. */
  places(stream: string, eventId: string): readonly Place[];
}

/**
 * Judges an append as an EventStoreDB server does: it is written after the stream's head, recognised as a repeat of events that
 * are in the log already, or refused. A deletion is an append of its record. At an exact revision before the head it is a repeat
 * only if the ids are at just those revisions; the open forms recognise ids wherever they are.
 */
export function checkExpectedRevision(
  { stream, expected, events, deletion }: AppendRequest,
  known: LogView,
): AppendOutcome | 'write' {
  const current = known.head(stream);
  const wrong = { kind: 'wrong-expected-revision', current } as const;
  if (current === LAST) return { kind: 'stream-deleted' };
  const hasNothing = () => current < 0n && known.head(metastreamOf(stream)) < 0n;
  if (deletion === 'soft' && hasNothing()) return wrong;
  if (expected === 'stream-exists') {
    if (known.isSoftlyDeleted(stream)) return { kind: 'stream-deleted' };
    if (hasNothing()) return wrong;
  }
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
  const isNew = expected === 'no-stream' && events.length > 0 && found[0] === undefined;
  return isNew && known.isSoftlyDeleted(stream) ? 'write' : repetition(found, wrong);
}

/** A repeat is answered as the append that it repeats was: with the place of its own last event. */
function repetition(found: readonly (Place | undefined)[], otherwise: AppendOutcome): AppendOutcome {
  const last = found.at(-1);
  return last === undefined || found.includes(undefined) ? otherwise : { kind: 'appended', ...last };
}
