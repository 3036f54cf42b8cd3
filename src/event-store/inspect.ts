import { EventStoreUnavailable } from '../domain/log/errors.js';
import { messageOf } from '../waiting/message-of.js';
import { within } from '../waiting/within.js';
import { append } from './append.js';
import { Connection } from './connection.js';
import { late } from './errors.js';
import { readLogId } from './log-identity.js';
import { streamNames } from './stream-names.js';

export interface EventStoreReport {
  /** As the server tells it; '' when it tells none. */
  readonly version: string;
  /** Null for a log on which no service has started. */
  readonly logId: string | null;
  /** Why an append failed; null when it works. */
  readonly appendProblem: string | null;
}

/** The same event each time, so that the log grows by one event at most, however often a server is inspected. */
const probe = { id: '0f0a37c5-6a0c-4f5e-9c5b-3f3a4ed2f1c7', type: 'AppendsWork', data: {}, metadata: {} };

/**
 * Reads from the event store and appends to it, on a stream that is no concert's.
 * @throws {EventStoreUnavailable} when it does not answer a read within `patienceMs`
 */
export async function inspectEventStore(
  { connectionString, namespace }: { readonly connectionString: string; readonly namespace: string },
  patienceMs: number,
): Promise<EventStoreReport> {
  const connection = new Connection(connectionString);
  try {
    const names = streamNames(namespace);
    const logId = await within(
      patienceMs,
      readLogId({ connection, names, patienceMs: 0, silenceMs: patienceMs }),
      late('the event store did not answer a read', patienceMs),
    );
    const timeouts = { attemptMs: patienceMs, totalMs: patienceMs };
    const result = await append(connection, `${names.log}-appends`, 'any', [probe], timeouts);
    const appendProblem = 'problem' in result ? result.problem : null;
    return { version: await versionOf(connection, patienceMs), logId, appendProblem };
  } catch (error) {
    throw error instanceof EventStoreUnavailable
      ? error
      : new EventStoreUnavailable(messageOf(error), { cause: error });
  } finally {
    await connection.close(0);
  }
}

/** The client asks for the version before its first append, and keeps it to itself (db-client 6.2.1, Client/index.js). */
async function versionOf({ client }: Connection, patienceMs: number): Promise<string> {
  const asked: unknown = Reflect.get(client, 'capabilities');
  const features = await within(patienceMs, Promise.resolve(asked), () => null);
  if (typeof features !== 'object' || features === null || !('serverVersion' in features)) return '';
  return typeof features.serverVersion === 'string' ? features.serverVersion : '';
}
