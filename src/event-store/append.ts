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

export interface AppendTimeouts {
  /** Time-out of the first try, in ms; it doubles with each retry. */
  readonly attemptMs: number;
  /** Time-out of all tries together, in ms. */
  readonly totalMs: number;
}

const firstPauseMs = 20;
const longestPauseMs = 500;

/**
 * Appends, and retries until the outcome is known if it can be.
 *
 * - Time-out, lost connection, change of leader, server restart: the outcome is unknown, so the same events are appended
 *   again, with the same ids at the same revision, until the server answers or `totalMs` is over. The server recognises a
 *   retry at the same revision (it compares ids), so nothing is written twice; and if it answers that the revision is wrong,
 *   no earlier try was written either.
 * - Wrong revision: returned without a retry; the caller refreshes its state and decides again.
 *
 * A try that timed out may still arrive later. It carries its expected revision, so it is written only if no other append
 * was; the next decision at that revision gets a conflict and reads it.
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
      // A server that is slow under load gets more time, so that retries do not add to the load.
      patience = Math.max(attemptMs, Math.min(patience * 2, deadline - performance.now()));
    }
  }
}

function toRevision(expected: ExpectedRevision): AppendExpectedRevision {
  if (expected === 'any') return ANY;
  return expected === -1n ? NO_STREAM : expected;
}

/** The result that an error implies; null when the outcome remains unknown. */
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

/** Errors after which the client replaces its channel itself; after others only a new client helps. */
const healsItself: ReadonlySet<ErrorType | null> = new Set([
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.NOT_LEADER,
]);
