import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { letGoOfCancelledReads } from './client-guards/cancelled-reads.js';
import { dropLateAnswers } from './client-guards/late-answers.js';
import { decodeBase64Natively } from './client-guards/native-base64.js';
import { readQuickly } from './client-guards/quick-reads.js';
import { withoutIgnoredOptions } from './connection-string.js';

/**
 * A client that can be replaced. The library's client keeps some failures for its whole life (a failed feature look-up,
 * a silent connection); a new one starts afresh.
 *
 * The replaced client is left to whoever still uses it, and disposed of at the end: disposing of it earlier would leave
 * its reads and subscriptions waiting for ever (the library swallows the cancellation), and can itself take for ever.
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
    this.#client = this.#create();
  }

  /** The client to use now. */
  get client(): EventStoreDBClient {
    return this.#client;
  }

  /** The server has answered something: slow perhaps, but there. */
  answered(): void {
    this.#lastAnswerAt = performance.now();
  }

  /** Puts a new client in the place of `failed` if the server has answered nobody for `ms`. */
  replaceIfSilent(failed: EventStoreDBClient, ms: number): void {
    if (performance.now() - this.#lastAnswerAt >= ms) this.replace(failed);
  }

  /** Puts a new client in the place of `failed`. Nothing happens if another caller has done so already. */
  replace(failed: EventStoreDBClient): void {
    if (this.#client !== failed) return;
    this.answered();
    this.#replaced.push(failed);
    this.#client = this.#create();
  }

  /** Cancels what is under way. Resolves after `patienceMs` at the latest. */
  async close(patienceMs = 2_000): Promise<void> {
    const disposals = Promise.allSettled([this.#client, ...this.#replaced].map((client) => client.dispose()));
    await Promise.race([disposals, delay(patienceMs, undefined, { ref: false })]);
  }

  #create(): EventStoreDBClient {
    try {
      return EventStoreDBClient.connectionString(withoutIgnoredOptions(this.connectionString));
    } catch (error) {
      // The client's own words quote the string, and its error carries it: neither may be shown, nor kept as a cause.
      const expected = error instanceof Error && 'expected' in error ? `; expected ${error.expected}` : '';
      throw new Error(`The connection string of the event store cannot be read${expected}`);
    }
  }
}
