import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { letGoOfCancelledReads } from './client-guards/cancelled-reads.js';
import { dropLateAnswers } from './client-guards/late-answers.js';
import { decodeBase64Natively } from './client-guards/native-base64.js';
import { offerNoCompression } from './client-guards/no-compression.js';
import { readQuickly } from './client-guards/quick-reads.js';
import { withoutIgnoredOptions } from './connection-string.js';

/**
 * A client that can be replaced. The library's client keeps some failures for its lifetime (a failed feature look-up, a silent
 * connection); a new client does not have them.
 *
 * The replaced client stays usable for its open calls and is disposed of at `close`: disposing of it earlier would leave its
 * reads and subscriptions pending (the library swallows the cancellation), and may itself never end.
 */
export class Connection {
  readonly #replaced: EventStoreDBClient[] = [];
  #client: EventStoreDBClient;
  #lastAnswerAt = performance.now();

  constructor(private readonly connectionString: string) {
    dropLateAnswers();
    decodeBase64Natively();
    readQuickly();
    letGoOfCancelledReads();
    offerNoCompression();
    this.#client = this.#create();
  }

  /** The current client. */
  get client(): EventStoreDBClient {
    return this.#client;
  }

  /** Notes that the server has answered a call: it may be slow, but it is up. */
  answered(): void {
    this.#lastAnswerAt = performance.now();
  }

  /** Replaces the client `failed` if the server has answered no call for `ms`. */
  replaceIfSilent(failed: EventStoreDBClient, ms: number): void {
    if (performance.now() - this.#lastAnswerAt >= ms) this.replace(failed);
  }

  /** Replaces the client `failed`. Does nothing if another caller has already replaced it. */
  replace(failed: EventStoreDBClient): void {
    if (this.#client !== failed) return;
    this.answered();
    this.#replaced.push(failed);
    this.#client = this.#create();
  }

  /** Cancels all calls. Resolves after `patienceMs` at the latest. */
  async close(patienceMs = 2_000): Promise<void> {
    const disposals = Promise.allSettled([this.#client, ...this.#replaced].map((client) => client.dispose()));
    await Promise.race([disposals, delay(patienceMs, undefined, { ref: false })]);
  }

  #create(): EventStoreDBClient {
    try {
      return EventStoreDBClient.connectionString(withoutIgnoredOptions(this.connectionString));
    } catch (error) {
      // The client's error contains the string, which may hold a password: it is neither shown nor kept as a cause.
      const expected = error instanceof Error && 'expected' in error ? `; expected ${error.expected}` : '';
      throw new Error(`The connection string of the event store cannot be read${expected}`);
    }
  }
}
