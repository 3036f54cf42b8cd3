/** The revision that a decision was made on: -1n for a stream that does not exist yet, 'any' for no check. */
export type ExpectedRevision = bigint | 'any';

export type AppendResult =
  /** The events are in the log, durably. `revision` is that of the last one. */
  | { readonly kind: 'appended'; readonly revision: bigint }
  /** The events are not in the log: the stream has moved on since the decision. */
  | { readonly kind: 'wrong-revision' }
  /** The events are not in the log, and a retry would fail too. */
  | { readonly kind: 'rejected'; readonly tooLarge: boolean; readonly problem: string }
  /** Unknown: no answer before the deadline, in spite of retries. */
  | { readonly kind: 'unknown'; readonly problem: string };
