import { Wake } from '../../waiting/wake.js';
import type { RedisServers } from '../connect.js';

/**
 * Publishes and receives hints that a concert's lock was released, by publish/subscribe on the primary. They are only hints: a
 * lost one, or a primary that is away, costs a waiter the rest of its pause and nothing else.
 */
export class ReleaseHints {
  readonly #listening = new Map<string, Wake>();

  constructor(private readonly servers: RedisServers) {
    servers.subscriber.on('message', (channel: string) => this.#listening.get(channel)?.wake());
    servers.subscriber.on('usable', () => this.#subscribe(...this.#listening.keys()));
  }

  /** Publishes a hint. Never rejects. */
  async publish(concertId: string): Promise<'received' | 'nobody-waits' | 'unknown'> {
    try {
      const receivers = await this.servers.primary.publish(this.#channel(concertId), '');
      return receivers > 0 ? 'received' : 'nobody-waits';
    } catch {
      return 'unknown'; // Waiters retry after their pauses anyway.
    }
  }

  /**
   * Listens for a concert's hints, once Redis has the subscription. One listener per concert at a time; the caller must
   * `stop` it.
   */
  listen(concertId: string): Listening {
    const channel = this.#channel(concertId);
    const released = new Wake();
    this.#listening.set(channel, released);
    this.#subscribe(channel);
    return {
      wait: (ms) => released.wait(ms),
      stop: () => {
        this.#listening.delete(channel);
        ignoreFailure(this.servers.subscriber.unsubscribe(channel));
      },
    };
  }

  #subscribe(...channels: string[]): void {
    if (channels.length > 0) ignoreFailure(this.servers.subscriber.subscribe(...channels));
  }

  #channel(concertId: string): string {
    return `${this.servers.prefix}released:${concertId}`;
  }
}

/** A closed connection ends its subscriptions; without hints, waiters retry after their pauses. */
function ignoreFailure(command: Promise<unknown>): void {
  command.catch(() => {});
}

/** Wakes on a hint, including one since the last wait. */
export interface Listening {
  /** Resolves on a hint, or after `ms` milliseconds. */
  wait(ms: number): Promise<void>;
  stop(): void;
}
