import type { Upcast } from '../domain/events/upcast.js';

/** A place in the `$all` log. 64 bits each, so bigint here and text at rest, never a number. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export const formatPosition = ({ commit, prepare }: Position): string => `${commit}/${prepare}`;

/** @throws {SyntaxError} when the text was not made by formatPosition. */
export function parsePosition(text: string): Position {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new SyntaxError(`"${text}" is not a log position; expected commit/prepare`);
  }
  return { commit: BigInt(match[1]), prepare: BigInt(match[2]) };
}

/** Negative when `a` comes before `b` in the log. */
export function comparePositions(a: Position, b: Position): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare === b.prepare) return 0;
  return a.prepare < b.prepare ? -1 : 1;
}

/** One event as the log holds it. `decoded` is the domain event in today's shape, or why there is none. */
export interface RecordedEvent {
  readonly id: string;
  readonly concertId: string;
  readonly type: string;
  /** Place in the concert's stream, from 0 without gaps. */
  readonly revision: bigint;
  /** Place in `$all`; null where the server does not tell it (reads of one stream on old servers). */
  readonly position: Position | null;
  readonly recordedAt: Date;
  readonly decoded: Upcast;
  /** As stored, before upcasting. */
  readonly data: unknown;
  readonly metadata: unknown;
}
