/** What an append may demand of its stream: an exact last revision, or one of the three open forms. */
export type Expected = bigint | 'any' | 'no-stream' | 'stream-exists';

/** The revision of a stream that has no events. */
export const NO_STREAM = -1n;

/** An event as a client proposes it. `id` is a UUID in lower case. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** The heading of an event, which filters match. Positions rise in commit order, and are not consecutive. */
export interface Heading {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly type: string;
}

/** The highest possible revision or position, and the revision of a tombstone. */
export const LAST = 2n ** 63n - 1n;

/** Whether an event passes. */
export type Filter = (event: Heading) => boolean;

export const everything: Filter = () => true;

/** An event as the log holds it. */
export interface RecordedEvent extends ProposedEvent, Heading {
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
}

/** Until the next append, or for ever. */
export type Deletion = 'soft' | 'tombstone';

export interface AppendRequest {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly ProposedEvent[];
  /** Present in a request to delete the stream, whose one event is the record of it. */
  readonly deletion?: Deletion;
  /** Set by a caller that no longer waits for the answer: the append is dropped if its turn has not come yet. */
  abandoned: boolean;
}

/** `position` is absent where nothing was ever written: an append of no events. */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly revision: bigint; readonly position?: bigint }
  | { readonly kind: 'wrong-expected-revision'; readonly current: bigint }
  | { readonly kind: 'stream-deleted' }
  | { readonly kind: 'abandoned' };

/** The stream has a tombstone: it cannot be read any more. */
export class StreamDeleted extends Error {
  override readonly name = 'StreamDeleted';

  constructor(readonly stream: string) {
    super(`Event stream '${stream}' is deleted.`);
  }
}

/** The request is wrong: nothing was written, and a retry does not help. */
export class Unstorable extends Error {
  override readonly name = 'Unstorable';
}
