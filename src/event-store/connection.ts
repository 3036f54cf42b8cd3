import { EventStoreDBClient } from '@eventstore/db-client';

/**
 * A client that can be replaced. The library's client keeps some failures for its whole life (a failed feature look-up,
 * a silent connection); a new one starts afresh.
 *
 * Appends must have a connection of their own, one per process: the library keeps the pending appends of all clients in
 * one table and empties it whenever a stream of any appending client fails; an answer that then comes in for an emptied
 * entry would end the process. So a replaced client is disposed of, its pending appends settled, before the next one
 * is handed out.
 */
export class Connection {
  #client: Promise<EventStoreDBClient>;

  constructor(private readonly connectionString: string) {
    this.#client = Promise.resolve(this.#create());
  }

  /** The client to use now; waits while one is being replaced. */
  get client(): Promise<EventStoreDBClient> {
    return this.#client;
  }

  /** Puts a new client in the place of `failed`. Nothing happens if another caller has done so already. */
  async replace(failed: EventStoreDBClient): Promise<void> {
    const current = this.#client;
    if ((await current) !== failed || this.#client !== current) return;
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
