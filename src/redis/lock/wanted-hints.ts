import type { RedisServers } from '../connect.js';

/** How long a mark stays, in ms: longer than a waiter takes to renew it. */
const markMs = 400;

/**
 * Tells the holder of a concert's lock that another caller waits for it, by publish/subscribe on the primary, or directly within
 * a process. A waiter that cannot reach the primary, or is not heard, marks the lock on all servers; a holder that extends the lock
 * finds the mark. Only hints: a lost one costs the waiter a pause, after which it tells again.
 */
export class WantedHints {
  readonly #listeners = new Map<string, () => void>();

  constructor(private readonly servers: RedisServers) {
    servers.subscriber.on('message', (channel: string) => this.#listeners.get(channel)?.());
    servers.subscriber.on('usable', () => this.#subscribe(...this.#listeners.keys()));
  }

  /** One listener per concert at a time: the holder. */
  listen(concertId: string, listener: () => void): void {
    const channel = this.#channel(concertId);
    this.#listeners.set(channel, listener);
    this.#subscribe(channel);
  }

  stop(concertId: string): void {
    const channel = this.#channel(concertId);
    if (this.#listeners.delete(channel)) ignoreFailure(this.servers.subscriber.unsubscribe(channel));
  }

  hasListener(concertId: string): boolean {
    return this.#listeners.has(this.#channel(concertId));
  }

  /** Tells a holder in this process. */
  tellOwn(concertId: string): void {
    this.#listeners.get(this.#channel(concertId))?.();
  }

  /** Tells a holder in another process. @param isRepeated whether it has been told before, and may not have heard */
  tellOthers(concertId: string, isRepeated: boolean): void {
    const { primary, all } = this.servers;
    ignoreFailure(primary.publish(this.#channel(concertId), ''));
    if (primary.usable && !isRepeated) return;
    for (const redis of all) ignoreFailure(redis.set(this.markKey(concertId), '1', 'PX', markMs));
  }

  /** The key of the mark. */
  markKey(concertId: string): string {
    return this.#channel(concertId);
  }

  #subscribe(...channels: string[]): void {
    if (channels.length > 0) ignoreFailure(this.servers.subscriber.subscribe(...channels));
  }

  #channel(concertId: string): string {
    return `${this.servers.prefix}wanted:${concertId}`;
  }
}

/** A closed connection ends its subscriptions; a waiter tells again. */
function ignoreFailure(command: Promise<unknown>): void {
  command.catch(() => {});
}
