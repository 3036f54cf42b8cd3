import { EventStoreDBClient } from '@eventstore/db-client';
import { dropLateAnswers } from './late-answers.js';

/**
 * A client that can be replaced. The library's client keeps some failures for its whole life (a failed feature look-up,
 * a silent connection); a new one starts afresh. What was pending on the old one fails, with its outcome unknown.
 */
export class Connection {
  #client: Promise<EventStoreDBClient>;
  #lastAnswerAt = Date.now();

  constructor(private readonly connectionString: string) {
    dropLateAnswers();
    this.#client = Promise.resolve(this.#create());
  }

  /** The client to use now; waits while one is being replaced. */
  get client(): Promise<EventStoreDBClient> {
    return this.#client;
  }

  /** The server has answered something: slow perhaps, but there. */
  answered(): void {
    this.#lastAnswerAt = Date.now();
  }

  /** Puts a new client in the place of `failed` if the server has answered nobody for `ms`. */
  async replaceIfSilent(failed: EventStoreDBClient, ms: number): Promise<void> {
    if (Date.now() - this.#lastAnswerAt >= ms) await this.replace(failed);
  }

  /** Puts a new client in the place of `failed`. Nothing happens if another caller has done so already. */
  async replace(failed: EventStoreDBClient): Promise<void> {
    const current = this.#client;
    if ((await current) !== failed || this.#client !== current) return;
    this.answered();
    this.#client = failed.dispose().then(() => this.#create());
    await this.#client;
  }

  async close(): Promise<void> {
    await (await this.#client).dispose();
  }

  #create(): EventStoreDBClient {
    return EventStoreDBClient.connectionString(this.connectionString);
  }
}
