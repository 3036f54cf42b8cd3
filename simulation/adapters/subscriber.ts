import type { Channels } from '../world/channels.js';
import type { RedisConnection } from './redis-connection.js';

/**
 * One process's subscriptions, on a connection of its own. A new connection subscribes again; what is published until then is
 * lost.
 */
export class Subscriber {
  readonly #listeners = new Map<string, (message: string) => void>();
  #stop = new Map<string, () => void>();

  constructor(
    private readonly channels: Channels,
    private readonly connection: RedisConnection,
  ) {
    connection.onUsable(() => {
      for (const channel of this.#listeners.keys()) this.#subscribe(channel);
    });
  }

  listen(channel: string, listener: (message: string) => void): void {
    this.#listeners.set(channel, listener);
    this.#subscribe(channel);
  }

  stop(channel: string): void {
    this.#stop.get(channel)?.();
    this.#stop.delete(channel);
    this.#listeners.delete(channel);
  }

  listens(channel: string): boolean {
    return this.#listeners.has(channel);
  }

  /** As if a message had come. */
  heard(channel: string): void {
    this.#listeners.get(channel)?.('');
  }

  #subscribe(channel: string): void {
    const { channels, connection } = this;
    const take = (message: string) =>
      connection.deliver('message', () => this.#listeners.get(channel)?.(message));
    connection
      .call('subscribe', () => {
        this.#stop.get(channel)?.();
        if (this.#listeners.has(channel)) this.#stop.set(channel, channels.subscribe(channel, take));
      })
      .catch(() => {}); // The next connection subscribes.
  }
}
