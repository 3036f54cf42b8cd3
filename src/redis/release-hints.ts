import type { RedisServers } from './connect.js';

/**
 * Tells those who wait for a concert's lock that it was released, by publish and subscribe on the primary. Hints only: one
 * that is lost, or a primary that is away, costs a waiter the rest of its pause and nothing else.
 */
export class ReleaseHints {
  readonly #listening = new Map<string, Listening>();

  constructor(private readonly servers: RedisServers) {
    servers.subscriber.on('message', (channel: string) => this.#listening.get(channel)?.hear());
  }

  /** Whether processes wait that were told. */
  async tell(concertId: string): Promise<boolean> {
    try {
      return (await this.servers.primary.publish(this.#channel(concertId), '')) > 0;
    } catch {
      return false; // Who waits tries again anyway.
    }
  }

  /** One listener per concert at a time; `stop` must follow. Resolves when hints arrive, or when they cannot be had. */
  async listen(concertId: string): Promise<Listening> {
    const channel = this.#channel(concertId);
    const { subscriber } = this.servers;
    const listening = new Listening(() => {
      this.#listening.delete(channel);
      void ignoreFailure(subscriber.unsubscribe(channel));
    });
    this.#listening.set(channel, listening);
    await ignoreFailure(subscriber.subscribe(channel));
    return listening;
  }

  #channel(concertId: string): string {
    return `${this.servers.prefix}released:${concertId}`;
  }
}

/** A connection that is gone takes its subscriptions with it; without hints there are still the pauses. */
const ignoreFailure = (command: Promise<unknown>): Promise<void> =>
  command.then(
    () => {},
    () => {},
  );

export class Listening {
  #heard = false;
  #resume = () => {};

  constructor(readonly stop: () => void) {}

  hear(): void {
    this.#heard = true;
    this.#resume();
  }

  /** Resolves on the next hint, one that came since the last call included, or after `ms` milliseconds. */
  async hint(ms: number): Promise<void> {
    if (!this.#heard) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
    }
    this.#heard = false;
  }
}
