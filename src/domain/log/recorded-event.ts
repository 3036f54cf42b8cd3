import type { Upcast } from '../events/upcast.js';

/** A position in the `$all` log. Both parts have 64 bits: a bigint in memory, text when stored, never a number. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export const formatPosition = ({ commit, prepare }: Position): string => `${commit}/${prepare}`;

/** Negative when `a` comes before `b` in the log. */
export function comparePositions(a: Position, b: Position): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare === b.prepare) return 0;
  return a.prepare < b.prepare ? -1 : 1;
}

/** One event of the log. `decoded` is the domain event in the current shape, or the problem with it. */
export interface RecordedEvent {
  readonly id: string;
  readonly concertId: string;
  readonly type: string;
  /** Revision in the concert's stream, from 0 without gaps. */
  readonly revision: bigint;
  /** Position in `$all`; null when the server does not send it (reads of one stream on old servers). */
  readonly position: Position | null;
  readonly recordedAt: Date;
  readonly decoded: Upcast;
  /** As stored, before upcasting. */
  readonly data: unknown;
  readonly metadata: unknown;
}
