import type { Voter } from './quorum.js';
import type { Subscriber } from './subscriber.js';

const wanted = (concertId: string) => `wanted:${concertId}`;
const released = (concertId: string) => `released:${concertId}`;

/** What waiters and holders of a lock tell each other over the primary. A lost hint costs a pause. */
export class LockHints {
  constructor(
    private readonly primary: Voter,
    private readonly subscriber: Subscriber,
  ) {}

  onReleased(concertId: string, listener: () => void): void {
    this.subscriber.listen(released(concertId), listener);
  }

  stopListening(concertId: string): void {
    this.subscriber.stop(released(concertId));
  }

  /** Returns the end of it. */
  onWanted(concertId: string, listener: () => void): () => void {
    this.subscriber.listen(wanted(concertId), listener);
    return () => void this.subscriber.stop(wanted(concertId));
  }

  /** Whether a holder listens. */
  isListenedFor(concertId: string): boolean {
    return this.subscriber.listens(wanted(concertId));
  }

  /** Tells a holder in this process that the lock is wanted. */
  wantedHere(concertId: string): void {
    this.subscriber.heard(wanted(concertId));
  }

  wantedElsewhere(concertId: string): void {
    void this.#publish(wanted(concertId));
  }

  /** Wakes waiters of other processes; whether there are any. */
  async released(concertId: string): Promise<boolean> {
    return (await this.#publish(released(concertId))) > 0;
  }

  /** The number of receivers; 0 without Redis. */
  #publish(channel: string): Promise<number> {
    const { server, connection } = this.primary;
    return connection.call('publish', () => server.channels.publish(channel, '')).catch(() => 0);
  }
}
