import { randomUUID } from 'node:crypto';
import { BACKWARDS, END, FORWARDS, START } from '@eventstore/db-client';
import { EventStoreUnavailable } from '../domain/log/errors.js';
import type { Position } from '../domain/log/recorded-event.js';
import { type AppendTimeouts, append } from './append.js';
import type { Connection } from './connection.js';
import { patiently, type ReadContext } from './read.js';

/**
 * The identity of a log: the id of the single event of a separate stream, written when the installation first starts on the
 * log. It is no concert's stream, so subscriptions and exports do not contain it: an imported log has another id.
 */

const type = 'LogStarted';

/** The id of the log; null if no service has started on it. @throws {EventStoreUnavailable} */
export async function readLogId(context: ReadContext): Promise<string | null> {
  const options = { direction: FORWARDS, fromRevision: START, maxCount: 1 } as const;
  const [first] = await patiently(context, undefined, (client) =>
    client.readStream(context.names.log, options),
  );
  return first?.id ?? null;
}

/** Gives the log an id if it has none. Concurrent processes all get the same id. @throws {EventStoreUnavailable} */
export async function identifyLog(
  context: ReadContext,
  writes: Connection,
  timeouts: AppendTimeouts,
): Promise<string> {
  const known = await readLogId(context);
  if (known !== null) return known;
  const event = { id: randomUUID(), type, data: {}, metadata: { schemaVersion: 1 } };
  const result = await append(writes, context.names.log, -1n, [event], timeouts);
  if (result.kind === 'rejected' || result.kind === 'unknown')
    throw new EventStoreUnavailable(result.problem);
  const id = await readLogId(context);
  if (id === null) throw new EventStoreUnavailable('the log does not show the id that it was given');
  return id;
}

/** The position of the last event of the server, of any stream; null for an empty log. @throws {EventStoreUnavailable} */
export async function endOfLog(context: ReadContext): Promise<Position | null> {
  const options = { direction: BACKWARDS, fromPosition: END, maxCount: 1 } as const;
  const [last] = await patiently(context, undefined, (client) => client.readAll(options));
  return last?.position ?? null;
}
