import { Wake } from '../../waiting/wake.js';
import type { RedisServers } from '../connect.js';

/**
 * Tells those who wait for a concert's lock that it was released, by publish and subscribe on the primary. Hints only: one
 * that is lost, or a primary that is away, costs a waiter the rest of its pause and nothing else.
 */
export class ReleaseHints {
  readonly #listening = new Map<string, Wake>();

  constructor(private readonly servers: RedisServers) {
    servers.subscriber.on('message', (channel: string) => this.#listening.get(channel)?.wake());
    servers.subscriber.on('usable', () => this.#subscribe(...this.#listening.keys()));
  }

  /** Whether processes wait that were told. Never rejects. */
  async tell(concertId: string): Promise<boolean> {
    try {
      return (await this.servers.primary.publish(this.#channel(concertId), '')) > 0;
    } catch {
      return false; // Those who wait try again anyway.
    }
  }

  /** One listener per concert at a time; `stop` must follow. Hints arrive from when Redis has taken the subscription. */
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

/** A connection that is gone takes its subscriptions with it; without hints there are still the pauses. */
function ignoreFailure(command: Promise<unknown>): void {
  command.catch(() => {});
}

/** Wakes on a hint, one that came since the last wait included. */
export interface Listening {
  /** Resolves on a hint, or after `ms` milliseconds. */
  wait(ms: number): Promise<void>;
  stop(): void;
}
