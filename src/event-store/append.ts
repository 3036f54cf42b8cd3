import { setTimeout as delay } from 'node:timers/promises';
import {
  ANY,
  type AppendExpectedRevision,
  ErrorType,
  NO_STREAM,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { within } from '../waiting/within.js';
import { type EventCopy, encode, type NewEvent } from './codec.js';
import type { Connection } from './connection.js';
import { EventStoreUnavailable, errorTypeOf, isDefinite, late, messageOf } from './errors.js';

/** The revision a decision was made on: -1n for a stream that does not exist yet, 'any' to give up the check. */
export type ExpectedRevision = bigint | 'any';

export type AppendResult =
  /** In the log, durably. `revision` is that of the last event of this append. */
  | { readonly kind: 'appended'; readonly revision: bigint }
  /** Not in the log: the stream has moved on since the decision. */
  | { readonly kind: 'wrong-revision' }
  /** Not in the log, and repeating will not help. */
  | { readonly kind: 'rejected'; readonly tooLarge: boolean; readonly problem: string }
  /** In the log or not: no answer came, in spite of repeats, before the deadline. */
  | { readonly kind: 'unknown'; readonly problem: string };

export interface AppendTimeouts {
  /** How long the first try may take before it is repeated, in ms; each further one twice as long. */
  readonly attemptMs: number;
  /** How long all tries together may take, in ms. */
  readonly totalMs: number;
}

const firstPauseMs = 20;
const longestPauseMs = 500;

/**
 * Appends and settles the outcome where it can be settled.
 *
 * - Time-out, lost connection, change of leader, server restart: the outcome is unknown, so the same events are appended
 *   again, under the same ids and at the same revision, until the server answers or `totalMs` is over. The server takes a
 *   repeat at the same revision for the append it already has (it compares ids), so nothing is written twice; and if it
 *   answers that the revision is wrong, then no earlier try was written either.
 * - Wrong revision: reported at once; the caller reads on and decides again.
 *
 * A try that was given up may still arrive later. It carries its expected revision, so it is written only if nothing else
 * has been; whoever decides on the next revision reads it first.
 */
export async function append(
  connection: Connection,
  streamName: string,
  expected: ExpectedRevision,
  events: readonly (NewEvent | EventCopy)[],
  { attemptMs, totalMs }: AppendTimeouts,
): Promise<AppendResult> {
  const encoded = events.map(encode);
  const deadline = performance.now() + totalMs;
  let pause = firstPauseMs;
  let patience = attemptMs;
  for (;;) {
    const client = connection.client;
    try {
      const answer = client.appendToStream(streamName, encoded, { expectedRevision: toRevision(expected) });
      const { nextExpectedRevision } = await within(
        patience,
        answer,
        late('the event store did not answer the append', patience),
      );
      connection.answered();
      return { kind: 'appended', revision: nextExpectedRevision };
    } catch (error) {
      const settled = settle(error);
      if (settled !== null) {
        connection.answered();
        return settled;
      }
      if (performance.now() + pause >= deadline) return { kind: 'unknown', problem: messageOf(error) };
      if (error instanceof EventStoreUnavailable) connection.replaceIfSilent(client, attemptMs);
      else if (!healsItself.has(errorTypeOf(error))) connection.replace(client);
      await delay(pause);
      pause = Math.min(pause * 2, longestPauseMs);
      // A server that is slow under load is given longer, so that repeats do not add to the load.
      patience = Math.max(attemptMs, Math.min(patience * 2, deadline - performance.now()));
    }
  }
}

function toRevision(expected: ExpectedRevision): AppendExpectedRevision {
  if (expected === 'any') return ANY;
  return expected === -1n ? NO_STREAM : expected;
}

/** What an error says for certain; null when it leaves the outcome open. */
function settle(error: unknown): AppendResult | null {
  if (error instanceof WrongExpectedVersionError) return { kind: 'wrong-revision' };
  const type = errorTypeOf(error);
  if (!isDefinite(type)) return null;
  return {
    kind: 'rejected',
    tooLarge: type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
    problem: messageOf(error),
  };
}

/** The client replaces its own channel on these; on anything else only a new client helps. */
const healsItself: ReadonlySet<ErrorType | null> = new Set([
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.NOT_LEADER,
]);
