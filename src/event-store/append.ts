import {
  ANY,
  type AppendExpectedRevision,
  ErrorType,
  NO_STREAM,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type { AppendResult, ExpectedRevision } from '../domain/log/append.js';
import { EventStoreUnavailable } from '../domain/log/errors.js';
import { backoff } from '../waiting/backoff.js';
import { messageOf } from '../waiting/message-of.js';
import { within } from '../waiting/within.js';
import { type EventCopy, encode, type NewEvent } from './codec.js';
import type { Connection } from './connection.js';
import { errorTypeOf, isDefinite, isTooLarge, late } from './errors.js';

export interface AppendTimeouts {
  /** Time-out of the first try, in ms; it doubles with each retry. */
  readonly attemptMs: number;
  /** Time-out of all tries together, in ms. */
  readonly totalMs: number;
}

const pauses = { firstMs: 40, longestMs: 1_000 };

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
  let patience = attemptMs;
  let problem = '';
  for await (const retry of backoff({ ...pauses, totalMs })) {
    // A server that is slow under load gets more time, so that retries do not add to the load.
    if (retry > 0) patience = Math.max(attemptMs, Math.min(patience * 2, deadline - performance.now()));
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
      const settled = settle(error, () => largestOf(encoded));
      if (settled !== null) {
        connection.answered();
        return settled;
      }
      problem = messageOf(error);
      if (error instanceof EventStoreUnavailable) connection.replaceIfSilent(client, attemptMs);
      else if (!healsItself.has(errorTypeOf(error))) connection.replace(client);
    }
  }
  return { kind: 'unknown', problem };
}

function toRevision(expected: ExpectedRevision): AppendExpectedRevision {
  if (expected === 'any') return ANY;
  return expected === -1n ? NO_STREAM : expected;
}

/** The result that an error implies; null when the outcome remains unknown. */
function settle(error: unknown, largest: () => number): AppendResult | null {
  if (error instanceof WrongExpectedVersionError) return { kind: 'wrong-revision' };
  const tooLarge = isTooLarge(error, largest);
  if (!tooLarge && !isDefinite(errorTypeOf(error))) return null;
  return { kind: 'rejected', tooLarge, problem: messageOf(error) };
}

const largestOf = (events: readonly { readonly data: unknown }[]): number =>
  Math.max(...events.map(({ data }) => Buffer.byteLength(JSON.stringify(data))));

/** Errors after which the client replaces its channel itself; after others only a new client helps. */
const healsItself: ReadonlySet<ErrorType | null> = new Set([
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.NOT_LEADER,
]);
